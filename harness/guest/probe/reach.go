package main

import (
	"os"
	"syscall"
	"unsafe"
)

// ReachCall is a system call to be made: its number, and its first arguments.
type ReachCall struct {
	Number    uintptr    `json:"number"`
	Arguments [5]uintptr `json:"arguments"`
}

// reachMark is the sixth argument of every call that is tried: by it a filter of the probe's own knows them. That filter
// hands each to this process, which answers with reachAnswer instead of having it done. A filter that refuses a call
// comes before it, so nothing that is tried is ever carried out, and what is answered tells who has answered.
const (
	reachMark   = 0x6472796b
	reachAnswer = 1234 // no errno
)

// Of seccomp(2), in the order in which they take precedence (include/uapi/linux/seccomp.h).
const (
	seccompSetFilter   = 1
	seccompNewListener = 1 << 3
	seccompNotify      = 0x7fc00000 // behind all that refuses: KILL, TRAP and ERRNO
	seccompAllow       = 0x7fff0000
	notifyReceive      = 0xc0502100
	notifySend         = 0xc0182101
	prNoNewPrivileges  = 38
	sixthArgument      = 56 // in struct seccomp_data
	reachMost          = 4096
)

type seccompNotice struct {
	id                 uint64
	pid, flags         uint32
	number             int32
	architecture       uint32
	instructionPointer uint64
	arguments          [6]uint64
}

type seccompReply struct {
	id    uint64
	value int64
	err   int32
	flags uint32
}

// reachTable is what the process that makes the calls shares with this one. An answer is an errno, 0 for a call that
// was carried out, or one of those below.
type reachTable struct {
	next, count int32
	calls       [reachMost]ReachCall
	answers     [reachMost]int32
}

const reachKilled = -1

// reachCalls tells of each system call whether it gets past the filters of this process: "" where it does, else the
// name of the errno, or SIGSYS.
func reachCalls(calls []ReachCall) ([]string, error) {
	if len(calls) > reachMost {
		return nil, syscall.E2BIG
	}
	memory, err := syscall.Mmap(-1, 0, int(unsafe.Sizeof(reachTable{})), syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_SHARED|syscall.MAP_ANON)
	if err != nil {
		return nil, os.NewSyscallError("mmap", err)
	}
	table := (*reachTable)(unsafe.Pointer(&memory[0]))
	table.count = int32(copy(table.calls[:], calls))
	listener, err := addNotifier()
	if err != nil {
		return nil, err
	}
	defer syscall.Close(listener)
	for table.next < table.count {
		if err := makeCalls(table, listener); err != nil {
			return nil, err
		}
	}
	answers := make([]string, len(calls))
	for index := range answers {
		answers[index] = reachName(table.answers[index])
	}
	return answers, nil
}

// eachCall is reachCalls for the calls of a request.
func eachCall(request Request) ([]string, error) {
	calls, err := decode[[]ReachCall](request)
	if err != nil {
		return nil, err
	}
	return reachCalls(calls)
}

func reachName(answer int32) string {
	switch answer {
	case reachAnswer:
		return ""
	case reachKilled:
		return "SIGSYS"
	case 0:
		return "DONE"
	}
	return errnoName(syscall.Errno(answer))
}

// addNotifier puts the filter in front of this thread, and of all that it starts from now on.
func addNotifier() (int, error) {
	filter := [4]syscall.SockFilter{
		{Code: syscall.BPF_LD | syscall.BPF_W | syscall.BPF_ABS, K: sixthArgument},
		{Code: syscall.BPF_JMP | syscall.BPF_JEQ | syscall.BPF_K, Jf: 1, K: reachMark},
		{Code: syscall.BPF_RET | syscall.BPF_K, K: seccompNotify},
		{Code: syscall.BPF_RET | syscall.BPF_K, K: seccompAllow},
	}
	program := syscall.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	if _, _, errno := syscall.RawSyscall6(syscall.SYS_PRCTL, prNoNewPrivileges, 1, 0, 0, 0, 0); errno != 0 {
		return 0, os.NewSyscallError("prctl(PR_SET_NO_NEW_PRIVS)", errno)
	}
	fd, _, errno := syscall.RawSyscall(sysSeccomp, seccompSetFilter, seccompNewListener, uintptr(unsafe.Pointer(&program)))
	if errno != 0 {
		return 0, os.NewSyscallError("seccomp(SECCOMP_FILTER_FLAG_NEW_LISTENER)", errno)
	}
	return int(fd), nil
}

// makeCalls has a process make the calls that are left, until it is through or is killed for one.
func makeCalls(table *reachTable, listener int) error {
	pid, errno := forkCalling(table)
	if errno != 0 {
		return os.NewSyscallError("clone", errno)
	}
	for {
		var status syscall.WaitStatus
		ended, err := syscall.Wait4(pid, &status, syscall.WNOHANG, nil)
		if err != nil {
			return os.NewSyscallError("wait4", err)
		}
		if ended == pid {
			if status.Signaled() && table.next > 0 {
				table.answers[table.next-1] = reachKilled
			}
			return nil
		}
		if err := answerNotice(listener); err != nil {
			return err
		}
	}
}

const reachPause = 20_000_000 // nanoseconds that a poll waits for, until it is looked whether the process has ended

type pollFd struct {
	fd              int32
	events, revents int16
}

// answerNotice answers one call, or waits for a moment where there is none.
func answerNotice(listener int) error {
	const pollIn = 1
	poll := pollFd{fd: int32(listener), events: pollIn}
	wait := syscall.Timespec{Nsec: reachPause}
	count, _, errno := syscall.Syscall6(syscall.SYS_PPOLL, uintptr(unsafe.Pointer(&poll)), 1, uintptr(unsafe.Pointer(&wait)), 0, 0, 0)
	if errno == syscall.EINTR || errno == 0 && count == 0 {
		return nil
	}
	if errno != 0 {
		return os.NewSyscallError("ppoll", errno)
	}
	notice := seccompNotice{}
	_, _, errno = syscall.RawSyscall(syscall.SYS_IOCTL, uintptr(listener), notifyReceive, uintptr(unsafe.Pointer(&notice)))
	if errno == syscall.ENOENT || errno == syscall.EINTR {
		return nil // The caller has been killed meanwhile.
	}
	if errno != 0 {
		return os.NewSyscallError("ioctl(SECCOMP_IOCTL_NOTIF_RECV)", errno)
	}
	reply := seccompReply{id: notice.id, err: -reachAnswer}
	_, _, errno = syscall.RawSyscall(syscall.SYS_IOCTL, uintptr(listener), notifySend, uintptr(unsafe.Pointer(&reply)))
	if errno != 0 && errno != syscall.ENOENT {
		return os.NewSyscallError("ioctl(SECCOMP_IOCTL_NOTIF_SEND)", errno)
	}
	return nil
}

// forkCalling makes a process that makes the calls. It has none of the Go run time's other threads, so it may do
// nothing but raw system calls.
//
//go:nosplit
//go:norace
func forkCalling(table *reachTable) (int, syscall.Errno) {
	pid, _, errno := syscall.RawSyscall6(syscall.SYS_CLONE, uintptr(syscall.SIGCHLD), 0, 0, 0, 0, 0)
	if errno != 0 || pid != 0 {
		return int(pid), errno
	}
	for table.next < table.count {
		index := table.next & (reachMost - 1)
		table.next = index + 1
		call := &table.calls[index]
		_, _, answer := syscall.RawSyscall6(call.Number, call.Arguments[0], call.Arguments[1], call.Arguments[2],
			call.Arguments[3], call.Arguments[4], reachMark)
		table.answers[index] = int32(answer)
	}
	for {
		syscall.RawSyscall(syscall.SYS_EXIT_GROUP, 0, 0, 0)
	}
}
