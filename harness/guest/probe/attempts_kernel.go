package main

import (
	"bufio"
	"os"
	"strings"
	"syscall"
	"unsafe"
)

func syslogRead(none) Result {
	const readAll = 3
	count, err := syscall.Klogctl(readAll, make([]byte, 4096))
	if err != nil {
		return failure("syslog(SYSLOG_ACTION_READ_ALL)", err, syscall.ENOSYS)
	}
	return allowed("read %d bytes of the kernel's log", count)
}

func readKallsyms(none) Result {
	file, err := os.Open("/proc/kallsyms")
	if err != nil {
		if noSuchPath(err) {
			return refused("open(/proc/kallsyms)", "ENOENT", "the kernel does not offer it")
		}
		return failure("open(/proc/kallsyms)", err)
	}
	defer file.Close()
	symbols := 0
	for lines := bufio.NewScanner(file); lines.Scan(); symbols++ {
		if address, _, _ := strings.Cut(lines.Text(), " "); strings.Trim(address, "0") != "" {
			return allowed("saw an address: %s", lines.Text())
		}
	}
	if symbols == 0 {
		return refused("read", "EOF", "/proc/kallsyms is empty")
	}
	return refused("read", "ZEROED", "all %d addresses are zero", symbols)
}

// bpfInstructions is `return 0` as a socket filter.
var bpfInstructions = [2]uint64{0xb7, 0x95} // r0 = 0; exit

type bpfProgramLoad struct {
	programType, instructionCount  uint32
	instructions, license          uint64
	logLevel, logSize              uint32
	logBuffer                      uint64
	kernelVersion, programFlags    uint32
	name                           [16]byte
	interfaceIndex, expectedAttach uint32
}

func bpfLoad(none) Result {
	const programLoad, socketFilter = 5, 1
	license := [4]byte{'G', 'P', 'L', 0}
	// Kernels before 5.11 count the program as locked memory; where this may not be raised, it is small enough anyway.
	syscall.Setrlimit(8, &syscall.Rlimit{Cur: ^uint64(0), Max: ^uint64(0)})
	attributes := bpfProgramLoad{
		programType: socketFilter, instructionCount: uint32(len(bpfInstructions)),
		instructions: uint64(uintptr(unsafe.Pointer(&bpfInstructions[0]))),
		license:      uint64(uintptr(unsafe.Pointer(&license[0]))),
	}
	fd, _, errno := syscall.Syscall(sysBpf, programLoad, uintptr(unsafe.Pointer(&attributes)), unsafe.Sizeof(attributes))
	if errno != 0 {
		return failure("bpf(BPF_PROG_LOAD)", errno, syscall.ENOSYS)
	}
	return allowed("loaded a socket filter").undone(syscall.Close(int(fd)))
}

type perfArguments struct {
	Kernel bool `json:"kernel"`
}

func perfOpen(arguments perfArguments) Result {
	const software, taskClock, excludeKernel, excludeHypervisor = 1, 1, 1 << 5, 1 << 6
	// struct perf_event_attr as of its first version, 64 bytes.
	attributes := [8]uint64{software | 64<<32, taskClock, 0, 0, 0, excludeHypervisor, 0, 0}
	if !arguments.Kernel {
		attributes[5] |= excludeKernel
	}
	fd, _, errno := syscall.Syscall6(syscall.SYS_PERF_EVENT_OPEN, uintptr(unsafe.Pointer(&attributes)), 0, bad, bad, 0, 0)
	if errno != 0 {
		return failure("perf_event_open", errno, syscall.ENOSYS)
	}
	return allowed("opened a software event on itself").undone(syscall.Close(int(fd)))
}

type userfaultArguments struct {
	UserModeOnly bool `json:"userModeOnly"`
}

func userfaultfd(arguments userfaultArguments) Result {
	flags := uintptr(syscall.O_CLOEXEC)
	if arguments.UserModeOnly {
		flags |= 1 // UFFD_USER_MODE_ONLY
	}
	fd, _, errno := syscall.Syscall(sysUserfaultfd, flags, 0, 0)
	if errno != 0 {
		return failure("userfaultfd", errno, syscall.ENOSYS)
	}
	return allowed("userfaultfd gave a descriptor").undone(syscall.Close(int(fd)))
}

func ioUring(none) Result {
	parameters := [120]byte{} // struct io_uring_params
	fd, _, errno := syscall.Syscall(sysIoUringSetup, 1, uintptr(unsafe.Pointer(&parameters)), 0)
	if errno != 0 {
		return failure("io_uring_setup", errno, syscall.ENOSYS)
	}
	return allowed("io_uring_setup made a ring").undone(syscall.Close(int(fd)))
}

func addKey(none) Result {
	key, err := newKey("drydock")
	if err != nil {
		return failure("add_key", err, syscall.ENOSYS)
	}
	result := allowed("add_key made key %d", key)
	if _, _, errno := syscall.Syscall(syscall.SYS_KEYCTL, keyRevoke, key, 0); errno != 0 {
		return result.undone(os.NewSyscallError("keyctl(KEYCTL_REVOKE)", errno))
	}
	return result.undone(nil)
}

func personality(none) Result {
	before, _, errno := syscall.Syscall(syscall.SYS_PERSONALITY, addrNoRandomize, 0, 0)
	if errno != 0 {
		return failure("personality", errno, syscall.ENOSYS)
	}
	if _, _, errno := syscall.Syscall(syscall.SYS_PERSONALITY, before, 0, 0); errno != 0 {
		return allowed("turned address randomisation off").undone(os.NewSyscallError("personality", errno))
	}
	return allowed("turned address randomisation off").undone(nil)
}

func settime(none) Result {
	var now syscall.Timespec
	if _, _, errno := syscall.Syscall(syscall.SYS_CLOCK_GETTIME, 0, uintptr(unsafe.Pointer(&now)), 0); errno != 0 {
		return impossible("clock_gettime: %v", errno)
	}
	if _, _, errno := syscall.Syscall(syscall.SYS_CLOCK_SETTIME, 0, uintptr(unsafe.Pointer(&now)), 0); errno != 0 {
		return failure("clock_settime", errno)
	}
	return allowed("clock_settime to the time that it is")
}

func chroot(none) Result {
	if err := syscall.Chroot("/"); err != nil {
		return failure("chroot", err, syscall.ENOSYS)
	}
	return allowed("chroot to /")
}
