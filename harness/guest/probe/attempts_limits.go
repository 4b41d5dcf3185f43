package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"syscall"
)

type forkArguments struct {
	Max int `json:"max"`
}

const defaultForks = 4096

// forkLimit counts how many processes can be there at once. They are copies of this one that wait, so that not even a
// program has to be started.
func forkLimit(arguments forkArguments) Result {
	most := arguments.Max
	if most == 0 {
		most = defaultForks
	}
	var pids []int
	var refusal error
	for len(pids) < most && refusal == nil {
		pid, errno := forkWaiting()
		if errno != 0 {
			refusal = errno
		} else {
			pids = append(pids, pid)
		}
	}
	for _, pid := range pids {
		syscall.Kill(pid, syscall.SIGKILL)
	}
	for _, pid := range pids {
		syscall.Wait4(pid, nil, 0, nil)
	}
	if refusal != nil {
		return failure("clone", refusal, syscall.EAGAIN).and("%d processes were there at once", len(pids))
	}
	return allowed("%d processes were there at once", len(pids)).undone(nil)
}

// forkWaiting makes a process that does nothing but wait to be killed. It has none of the Go run time's other threads,
// so it may do nothing but raw system calls.
//
//go:nosplit
//go:norace
func forkWaiting() (int, syscall.Errno) {
	pid, _, errno := syscall.RawSyscall6(syscall.SYS_CLONE, uintptr(syscall.SIGCHLD), 0, 0, 0, 0, 0)
	if errno != 0 || pid != 0 {
		return int(pid), errno
	}
	syscall.RawSyscall(syscall.SYS_PRCTL, syscall.PR_SET_PDEATHSIG, uintptr(syscall.SIGKILL), 0)
	for {
		syscall.RawSyscall6(syscall.SYS_PPOLL, 0, 0, 0, 0, 0, 0)
	}
}

type memoryArguments struct {
	Bytes int64 `json:"bytes"`
}

const hogStep = 1 << 20

// memoryLimit has another process touch the memory, which may be killed for it.
func memoryLimit(arguments memoryArguments) Result {
	if arguments.Bytes <= 0 {
		return impossible("no number of bytes was given")
	}
	command := exec.Command("/proc/self/exe", "hog", strconv.FormatInt(arguments.Bytes, 10))
	command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	output, err := command.StdoutPipe()
	if err != nil {
		return impossible("pipe: %v", err)
	}
	if err := command.Start(); err != nil {
		return impossible("no process to use memory could be started: %v", err)
	}
	steps, buffer := 0, make([]byte, 4096)
	for {
		count, err := output.Read(buffer)
		steps += count
		if err != nil {
			break
		}
	}
	had := fmt.Sprintf("%d MiB had been touched", steps)
	err = command.Wait()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		if status, is := exit.Sys().(syscall.WaitStatus); is && status.Signaled() && status.Signal() == syscall.SIGKILL {
			return refused("write to memory", "SIGKILL", "%s", had)
		}
		if exit.ExitCode() == hogRefused {
			return refused("mmap", "ENOMEM", "%s", had)
		}
	}
	if err != nil {
		return impossible("the process that uses memory ended: %v", err)
	}
	return allowed("%s", had).undone(nil)
}

const hogRefused = 3

// hog touches so many bytes, and writes a byte for each MiB.
func hog(arguments []string) error {
	if len(arguments) != 1 {
		return errors.New("usage: probe hog BYTES")
	}
	bytes, err := strconv.ParseInt(arguments[0], 10, 64)
	if err != nil {
		return err
	}
	// The kernel shall choose this process, whichever limit is reached.
	os.WriteFile("/proc/self/oom_score_adj", []byte("1000"), 0)
	for done := int64(0); done < bytes; done += hogStep {
		memory, err := syscall.Mmap(-1, 0, hogStep, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_PRIVATE|syscall.MAP_ANON)
		if err != nil {
			os.Exit(hogRefused)
		}
		for offset := 0; offset < hogStep; offset += os.Getpagesize() {
			memory[offset] = 1
		}
		if _, err := os.Stdout.Write([]byte{'.'}); err != nil {
			return err
		}
	}
	return nil
}
