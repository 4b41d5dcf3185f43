package main

import (
	"os"
	"runtime"
	"strings"
	"syscall"
	"unsafe"
)

// kexecAddress is where the next kernel would lie; it matters only to a restart, which never comes.
const kexecAddress = 64 << 20

// kexecSegments is of how many pages the image is. Linux 6.12 dies on arm64 of copying its page tables for an image
// (trans_pgd_create_copy), where it has 52-bit addresses: there an image of nothing, which asks for the same permission.
var kexecSegments = map[string]uintptr{"amd64": 1, "arm64": 0}[runtime.GOARCH]

// kexecLoad loads an image that nobody will start, and unloads it.
func kexecLoad(none) Result {
	page := make([]byte, os.Getpagesize())
	size := uintptr(len(page))
	// struct kexec_segment: a buffer and its size, physical memory and its size.
	segment := [4]uintptr{uintptr(unsafe.Pointer(&page[0])), size, kexecAddress, size}
	_, _, errno := syscall.Syscall6(syscall.SYS_KEXEC_LOAD, kexecAddress, kexecSegments, uintptr(unsafe.Pointer(&segment)), 0, 0, 0)
	if errno != 0 {
		return failure("kexec_load", errno, syscall.ENOSYS)
	}
	result := allowed("kexec_load took an image of pages: %d", kexecSegments)
	if state, err := os.ReadFile("/sys/kernel/kexec_loaded"); err == nil {
		result = result.and("kexec_loaded reads %s", strings.TrimSpace(string(state)))
	}
	if _, _, errno := syscall.Syscall6(syscall.SYS_KEXEC_LOAD, 0, 0, 0, 0, 0, 0); errno != 0 {
		return result.undone(os.NewSyscallError("kexec_load", errno))
	}
	return result.undone(nil)
}

// kexecFileLoad asks to load from no file, which is refused in the same places as a real load.
func kexecFileLoad(none) Result {
	_, _, errno := syscall.Syscall6(sysKexecFileLoad, bad, bad, 0, 0, 0, 0)
	if errno == syscall.EBADF {
		return allowed("kexec_file_load went as far as its files")
	}
	return failure("kexec_file_load", errno, syscall.ENOSYS)
}

const hibernationMode = "/sys/power/disk"

// hibernate chooses what happens once memory is on the disk, which the kernel allows only where it could come to that.
func hibernate(none) Result {
	modes, err := os.ReadFile(hibernationMode)
	if noSuchPath(err) {
		return refused("open("+hibernationMode+")", "ENOENT", "the kernel cannot hibernate")
	}
	if err != nil {
		return failure("read("+hibernationMode+")", err)
	}
	chosen := "shutdown"
	for mode := range strings.FieldsSeq(string(modes)) {
		if inside, found := strings.CutPrefix(mode, "["); found && inside != "disabled]" {
			chosen = strings.TrimSuffix(inside, "]")
		}
	}
	if err := os.WriteFile(hibernationMode, []byte(chosen), 0); err != nil {
		return failure("write("+hibernationMode+")", err)
	}
	return allowed("chose to hibernate by %s, of %s", chosen, strings.TrimSpace(string(modes)))
}
