package main

import (
	"os"
	"runtime"
	"syscall"
	"testing"
)

// A filter cannot be taken off, so each test ends the thread that has it.
func onThread(test func()) {
	done := make(chan struct{})
	go func() {
		runtime.LockOSThread()
		defer close(done)
		test()
	}()
	<-done
}

func TestReachShouldMakeNoCall(t *testing.T) {
	onThread(func() {
		path := t.TempDir()
		answers, err := reachCalls([]ReachCall{
			{Number: syscall.SYS_GETPID},
			{Number: syscall.SYS_EXIT_GROUP, Arguments: [5]uintptr{7}},
			{Number: syscall.SYS_KILL, Arguments: [5]uintptr{uintptr(os.Getpid()), uintptr(syscall.SIGKILL)}},
			{Number: 4000},
		})
		if err != nil {
			t.Skipf("this host has no seccomp notifications: %v", err)
		}
		for index, answer := range answers {
			if answer != "" {
				t.Errorf("expected call %d to be reached, found %q", index, answer)
			}
		}
		if _, err := os.Stat(path); err != nil {
			t.Error(err)
		}
	})
}
