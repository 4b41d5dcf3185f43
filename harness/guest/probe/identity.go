package main

import (
	"os"
	"syscall"
	"unsafe"
)

type capabilityHeader struct {
	version uint32
	pid     int32
}

type capabilityData struct{ effective, permitted, inheritable uint32 }

const capabilityVersion3 = 0x20080522

// becomeUser changes this thread, which is the main one, to a user with a group of the same number, no other groups
// and no capability, user 0 included.
func becomeUser(uid int) error {
	calls := []struct {
		name      string
		number    uintptr
		arguments [3]uintptr
	}{
		{"setgroups", syscall.SYS_SETGROUPS, [3]uintptr{0, 0, 0}},
		{"setresgid", syscall.SYS_SETRESGID, [3]uintptr{uintptr(uid), uintptr(uid), uintptr(uid)}},
		{"prctl(PR_SET_SECUREBITS)", syscall.SYS_PRCTL, [3]uintptr{prSecurebits, secbitNoroot, 0}},
		{"setresuid", syscall.SYS_SETRESUID, [3]uintptr{uintptr(uid), uintptr(uid), uintptr(uid)}},
	}
	for _, call := range calls {
		_, _, errno := syscall.RawSyscall(call.number, call.arguments[0], call.arguments[1], call.arguments[2])
		if errno != 0 {
			return os.NewSyscallError(call.name, errno)
		}
	}
	header := capabilityHeader{version: capabilityVersion3}
	data := [2]capabilityData{}
	_, _, errno := syscall.RawSyscall(syscall.SYS_CAPSET, uintptr(unsafe.Pointer(&header)), uintptr(unsafe.Pointer(&data[0])), 0)
	if errno != 0 {
		return os.NewSyscallError("capset", errno)
	}
	return nil
}
