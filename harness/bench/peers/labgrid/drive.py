"""Boots the guest of env.yaml with labgrid, runs one command in it, takes it down; as often as asked, pristine each time.

Usage: drive.py TIMES COMMAND
"""

import sys

from labgrid import Environment
from labgrid.driver import QEMUDriver, ShellDriver

times, command = int(sys.argv[1]), sys.argv[2]
target = Environment("env.yaml").get_target("main")
qemu = target.get_driver(QEMUDriver, activate=False)
shell = target.get_driver(ShellDriver, activate=False)
for _ in range(times):
    target.activate(qemu)
    qemu.on()
    target.activate(shell)
    (answer,) = shell.run_check(command)
    print("answer", answer, flush=True)
    target.deactivate(shell)
    qemu.off()
    target.deactivate(qemu)
