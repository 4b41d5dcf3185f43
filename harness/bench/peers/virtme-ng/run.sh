#!/bin/sh
# Has virtme-ng boot a kernel and run a command. Usage: run.sh COMMAND ARGUMENTS-OF-VNG...
# Its own init runs the command, in the place of the image's; where the image's init came instead, one sees its login prompt.
set -eu
command=$1
shift
: > vng.log
vng --verbose "$@" -- "$command" > vng.log 2>&1 &
vng=$!
while kill -0 "$vng" 2>/dev/null; do
    if grep -q 'login: ' vng.log; then
        echo "it boots the image to its login prompt and stops there: the command is for virtme-ng's own init, and the image has its own" >&2
        exit 1
    fi
    sleep 0.2
done
wait "$vng" || { tail -n 3 vng.log >&2; exit 1; }
grep -E '^[0-9]' vng.log | sed 's/^/answer /'
