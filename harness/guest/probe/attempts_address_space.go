package main

import (
	"os"
	"syscall"
)

// mapZero maps the page that a NULL pointer of the kernel would lead to.
func mapZero(none) Result {
	const fixed = syscall.MAP_PRIVATE | syscall.MAP_ANON | syscall.MAP_FIXED
	size := uintptr(os.Getpagesize())
	address, _, errno := syscall.Syscall6(syscall.SYS_MMAP, 0, size, syscall.PROT_READ|syscall.PROT_WRITE, fixed, bad, 0)
	if errno != 0 {
		return failure("mmap(0, MAP_FIXED)", errno)
	}
	if _, _, errno := syscall.Syscall(syscall.SYS_MUNMAP, address, size, 0); errno != 0 {
		return allowed("mapped a page at address %d", address).undone(os.NewSyscallError("munmap", errno))
	}
	return allowed("mapped a page at address %d", address).undone(nil)
}
