"""Has autopkgtest-virt-qemu open a testbed, runs one command in it and closes it; reverted between commands.

Usage: drive.py TIMES COMMAND VIRT-SERVER ARGUMENTS...
The virt server's protocol is that of /usr/share/doc/autopkgtest/README.virtualisation-server.
"""

import shlex
import subprocess
import sys
import urllib.parse

times, command, server = int(sys.argv[1]), sys.argv[2], sys.argv[3:]
log = open("server.log", "w+")
child = subprocess.Popen(server, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True)


def read():
    line = child.stdout.readline()
    if not line.startswith("ok"):
        code = child.wait()
        log.seek(0)
        reasons = [text.strip() for text in log if "failure:" in text]
        sys.exit(f"{reasons[-1] if reasons else line.strip()} (exit {code})")
    return line.split()[1:]


def ask(request):
    child.stdin.write(request + "\n")
    child.stdin.flush()
    return read()


read()
ask("open")
for run in range(times):
    if run > 0:
        ask("revert")
    words = [urllib.parse.unquote(word) for word in ask("print-execute-command")[0].split(",")]
    done = subprocess.run([*words, *shlex.split(command)], capture_output=True, text=True, check=True)
    print("answer", done.stdout.strip(), flush=True)
ask("close")
child.stdin.write("quit\n")
child.stdin.close()
child.wait()
