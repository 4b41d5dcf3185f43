package main

import (
	"fmt"
	"os"
	"os/signal"
	"sync"
	"syscall"
)

// children starts processes and reaps every process that ends, orphans included, as pid 1 has to.
type children struct {
	lock    sync.Mutex
	waiting map[int]chan syscall.WaitStatus
}

func newChildren() *children {
	all := &children{waiting: map[int]chan syscall.WaitStatus{}}
	ended := make(chan os.Signal, 1)
	signal.Notify(ended, syscall.SIGCHLD)
	go func() {
		for range ended {
			all.reap()
		}
	}()
	return all
}

func (all *children) reap() {
	all.lock.Lock()
	defer all.lock.Unlock()
	for {
		var status syscall.WaitStatus
		pid, err := syscall.Wait4(-1, &status, syscall.WNOHANG, nil)
		if err == syscall.EINTR {
			continue
		}
		if err != nil || pid <= 0 {
			return
		}
		if waiter, known := all.waiting[pid]; known {
			waiter <- status
			delete(all.waiting, pid)
		}
	}
}

// start runs a program with its output in a log file; the channel gives its status once it has ended.
func (all *children) start(logPath string, environment []string, argv ...string) (<-chan syscall.WaitStatus, error) {
	null, err := os.Open(os.DevNull)
	if err != nil {
		return nil, err
	}
	defer null.Close()
	log, err := os.OpenFile(logPath, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	all.lock.Lock() // so that it is not reaped before it is known
	defer all.lock.Unlock()
	pid, err := syscall.ForkExec(argv[0], argv, &syscall.ProcAttr{
		Dir:   "/",
		Env:   append([]string{"PATH=/usr/sbin:/usr/bin"}, environment...),
		Files: []uintptr{null.Fd(), log.Fd(), log.Fd()},
		Sys:   &syscall.SysProcAttr{Setsid: true},
	})
	if err != nil {
		return nil, fmt.Errorf("run %s: %w", argv[0], err)
	}
	status := make(chan syscall.WaitStatus, 1)
	all.waiting[pid] = status
	return status, nil
}

// run waits for the program and turns an exit code other than 0 into an error with the end of its log.
func (all *children) run(logPath string, argv ...string) error {
	ended, err := all.start(logPath, nil, argv...)
	if err != nil {
		return err
	}
	if status := <-ended; status.ExitStatus() != 0 {
		return fmt.Errorf("%s: %s: %s", argv[0], describe(status), lastLine(logPath))
	}
	return nil
}

func describe(status syscall.WaitStatus) string {
	if status.Signaled() {
		return fmt.Sprintf("killed by %v", status.Signal())
	}
	return fmt.Sprintf("exit code %d", status.ExitStatus())
}

func lastLine(path string) string {
	const longest = 400
	content, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	return string(content[max(0, len(content)-longest):])
}
