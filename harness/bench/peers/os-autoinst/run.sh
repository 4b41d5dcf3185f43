#!/bin/sh
# Runs isotovideo in a fresh folder and prints the answers of the guest. Usage: run.sh FOLDER, which holds vars.json.
set -eu
cd "$1"
: > answers
isotovideo > isotovideo.log 2>&1 || { grep -E 'Test died|died:|failed|error' isotovideo.log | tail -n 3 >&2; exit 1; }
cat answers
# It exits with 0 where a test failed, too.
grep -h -o '"result" *: *"fail"' testresults/result-*.json >&2 && exit 1
exit 0
