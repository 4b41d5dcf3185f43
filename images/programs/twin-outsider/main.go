// Twin-outsider starts another program in the host's root directory, and with a folder of the host open: what a runtime
// does that leaks a descriptor of its own (CVE-2024-21626).
package main

import (
	"fmt"
	"os"
	"syscall"
)

const hostRoot = "/proc/1/root"

func start(command []string) error {
	// Without O_CLOEXEC: it is there to be handed on.
	if _, err := syscall.Open(hostRoot+"/etc", syscall.O_RDONLY|syscall.O_DIRECTORY, 0); err != nil {
		return os.NewSyscallError("open("+hostRoot+"/etc)", err)
	}
	if err := os.Chdir(hostRoot); err != nil {
		return err
	}
	return os.NewSyscallError("execve", syscall.Exec(command[0], command, os.Environ()))
}

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: twin-outsider PROGRAM [ARGUMENT...]")
		os.Exit(2)
	}
	fmt.Fprintln(os.Stderr, start(os.Args[1:]))
	os.Exit(1)
}
