package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"unsafe"
)

// memfd makes an anonymous file in memory. Kernels before 6.3 know no MFD_EXEC and make all of them executable.
func memfd(name string, flags uintptr) (*os.File, error) {
	pointer, err := syscall.BytePtrFromString(name)
	if err != nil {
		return nil, err
	}
	fd, _, errno := syscall.Syscall(sysMemfdCreate, uintptr(unsafe.Pointer(pointer)), flags|mfdExec, 0)
	if errno == syscall.EINVAL {
		fd, _, errno = syscall.Syscall(sysMemfdCreate, uintptr(unsafe.Pointer(pointer)), flags, 0)
	}
	if errno != 0 {
		return nil, os.NewSyscallError("memfd_create", errno)
	}
	return os.NewFile(fd, name), nil
}

// sealedCopy copies this program into memory and seals it, since containers can see it when it runs in them.
func sealedCopy() (*os.File, error) {
	self, err := os.Open("/proc/self/exe")
	if err != nil {
		return nil, err
	}
	defer self.Close()
	copied, err := memfd("drydock-probe", mfdCloexec|mfdAllowSeal)
	if err != nil {
		return nil, err
	}
	if _, err := io.Copy(copied, self); err != nil {
		copied.Close()
		return nil, err
	}
	if _, _, errno := syscall.Syscall(syscall.SYS_FCNTL, copied.Fd(), fAddSeals, allSeals); errno != 0 {
		copied.Close()
		return nil, os.NewSyscallError("fcntl(F_ADD_SEALS)", errno)
	}
	return copied, nil
}

// hold leaves a copy of the probe in memory, prints the pid whose /proc/PID/exe it is, and removes the file that it
// came from. Where memory may not be run (vm.memfd_noexec), the file's own inode stays as long as the process does.
// The process that stays answers requests from the virtio port of that name; why it does not is printed too.
func hold(arguments []string) error {
	if len(arguments) == 0 {
		return errors.New("hold needs the name of a virtio port")
	}
	port, files := arguments[0], arguments[1:]
	program := "/proc/self/exe"
	if copied, err := sealedCopy(); err == nil {
		defer copied.Close()
		program = fmt.Sprintf("/proc/%d/fd/%d", os.Getpid(), copied.Fd())
	}
	pid, problem, err := stay(program, port)
	if err != nil {
		if pid, problem, err = stay("/proc/self/exe", port); err != nil {
			return err
		}
	}
	for _, path := range files {
		if err := os.Remove(path); err != nil {
			return err
		}
	}
	fmt.Println("pid", pid)
	if problem == "" {
		fmt.Println("port", port)
	} else {
		fmt.Println("no port:", problem)
	}
	return nil
}

// stay starts what outlives this process: the one that answers on the port, or else one that only holds the program.
func stay(program, port string) (pid int, problem string, err error) {
	pid, problem, err = startAttending(program, port)
	if err != nil || problem == "" {
		return pid, problem, err
	}
	command := detached(program, "holding")
	if err := command.Start(); err != nil {
		return 0, "", err
	}
	return command.Process.Pid, problem, nil
}

func startAttending(program, port string) (pid int, problem string, err error) {
	command := detached(program, "attend", port)
	report, err := command.StdoutPipe()
	if err != nil {
		return 0, "", err
	}
	if err := command.Start(); err != nil {
		return 0, "", err
	}
	said, err := io.ReadAll(io.LimitReader(report, stderrLimit))
	if err != nil {
		return 0, "", err
	}
	if problem := strings.TrimSpace(string(said)); problem != attendingWord {
		err := command.Wait()
		return 0, cmp.Or(problem, fmt.Sprintf("its process has ended (%v)", err)), nil
	}
	return command.Process.Pid, "", nil
}

func detached(program string, arguments ...string) *exec.Cmd {
	command := exec.Command(program, arguments...)
	command.Dir = "/"
	command.Env = []string{}
	command.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	return command
}

func holding([]string) error { return pause(nil) }

// pause never returns.
func pause([]string) error {
	for {
		syscall.Syscall6(syscall.SYS_PPOLL, 0, 0, 0, 0, 0, 0)
	}
}
