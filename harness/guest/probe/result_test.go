package main

import (
	"encoding/json"
	"fmt"
	"os"
	"syscall"
	"testing"
)

func TestFailureShouldTellRefusedFromImpossible(t *testing.T) {
	for errno, expected := range map[syscall.Errno]string{
		syscall.EPERM: "refused", syscall.EACCES: "refused", syscall.EROFS: "refused",
		syscall.ENOENT: "impossible", syscall.EFAULT: "impossible", syscall.EINVAL: "impossible", syscall.ENOSPC: "impossible",
		syscall.ETXTBSY: "impossible", syscall.ENOSYS: "impossible",
	} {
		if result := failure("call", errno); result.Outcome != expected {
			t.Errorf("%v: expected %s, found %v", errno, expected, result)
		}
	}
	if result := failure("call", syscall.ENOSPC, syscall.ENOSPC); result.Outcome != "refused" || result.Errno != "ENOSPC" {
		t.Errorf("expected an attempt's own refusal, found %v", result)
	}
	wrapped := fmt.Errorf("a: %w", &os.PathError{Op: "open", Path: "/", Err: syscall.EROFS})
	if result := failure("call", wrapped); result.Errno != "EROFS" {
		t.Errorf("expected the errno inside of other errors, found %v", result)
	}
	if result := failure("call", fmt.Errorf("no errno")); result.Outcome != "impossible" {
		t.Errorf("expected an error without errno to be impossible, found %v", result)
	}
}

func TestErrnoNameShouldKnowNamesAndNumbers(t *testing.T) {
	for errno, expected := range map[error]string{
		syscall.EAGAIN: "EAGAIN", syscall.EOPNOTSUPP: "EOPNOTSUPP", syscall.Errno(4095): "E4095", fmt.Errorf("none"): "",
	} {
		if name := errnoName(errno); name != expected {
			t.Errorf("%v: expected %q, found %q", errno, expected, name)
		}
	}
}

func TestAttemptsShouldRefuseUnknownArguments(t *testing.T) {
	for name, attempt := range attempts {
		_, err := attempt(Request{Attempt: name, Args: json.RawMessage(`{"nonsense": 1}`)})
		if err == nil {
			t.Errorf("%s: expected an error for an argument that it does not have", name)
		}
	}
}

func TestAttemptsOnAPathShouldBeImpossibleWhereThereIsNothing(t *testing.T) {
	for _, name := range []string{
		"create", "tmpfile", "mkdir", "mknod", "symlink", "link", "rename", "unlink", "chmod", "chown", "utimens", "setxattr", "truncate",
		"mmap-write", "open-write", "open-read", "write-file", "remount", "remount-attr", "bind-over", "mount-tmpfs", "overlay-over",
		"umount", "fallocate", "handle-write", "reconfigure", "device-write", "device-discard", "device-unlock", "loop-replace",
		"loop-remap",
	} {
		result, err := attempts[name](Request{Attempt: name, Args: json.RawMessage(`{"path": "/no/such/folder/file"}`)})
		if err != nil || result.Outcome != "impossible" {
			t.Errorf("%s: expected impossible, found %v, %v", name, result, err)
		}
	}
}
