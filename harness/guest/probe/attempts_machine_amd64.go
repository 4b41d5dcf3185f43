package main

import (
	"syscall"
	"unsafe"
)

// Attempts on what only this architecture has.

const (
	delayPort  = 0x80 // written by firmware to waste time; nothing listens
	portsAllow = 1
)

// ioPorts asks for the use of an I/O port that does nothing.
func ioPorts(none) Result {
	if _, _, errno := syscall.Syscall(syscall.SYS_IOPERM, delayPort, 1, portsAllow); errno != 0 {
		return failure("ioperm", errno, syscall.ENOSYS)
	}
	return allowed("may use I/O port %#x", delayPort).undone(syscall.Ioperm(delayPort, 1, 0))
}

// modifyLdt installs a descriptor for the whole of memory in its own local descriptor table.
func modifyLdt(none) Result {
	const write, pages, flags32BitInPages = 1, 0xfffff, 1 | 1<<4
	descriptor := [4]uint32{0, 0, pages, flags32BitInPages} // struct user_desc
	_, _, errno := syscall.Syscall(syscall.SYS_MODIFY_LDT, write, uintptr(unsafe.Pointer(&descriptor)), unsafe.Sizeof(descriptor))
	if errno != 0 {
		return failure("modify_ldt", errno, syscall.ENOSYS)
	}
	return allowed("installed a segment descriptor of its own")
}

// callVsyscall calls into the page of code that lies at the same address in every process.
func callVsyscall(none) Result {
	err := runTiny(tinyELF{code: vsyscallCode})
	switch {
	case endOf(err).Signal() == syscall.SIGSEGV:
		return refused("call of 0xffffffffff600000", "SIGSEGV", "")
	case err != nil:
		return impossible("a program that calls 0xffffffffff600000: %v", err)
	}
	return allowed("called gettimeofday at 0xffffffffff600000")
}
