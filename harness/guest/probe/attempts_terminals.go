package main

import (
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"unsafe"
)

// Requests to terminals (include/uapi/asm-generic/ioctls.h).
const (
	terminalUnlock         = 0x40045431 // TIOCSPTLCK
	terminalPeer           = 0x5441     // TIOCGPTPEER
	terminalDiscipline     = 0x5423     // TIOCSETD
	terminalInput          = 0x5412     // TIOCSTI
	terminalMakeControlled = 0x540e     // TIOCSCTTY
)

// ownTerminal opens a pseudo terminal of its own, and its other end.
func ownTerminal() (master, peer *os.File, err error) {
	if master, err = os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0); err != nil {
		return nil, nil, err
	}
	locked := int32(0)
	if _, err = control(master.Fd(), terminalUnlock, uintptr(unsafe.Pointer(&locked))); err == nil {
		var fd uintptr
		if fd, err = control(master.Fd(), terminalPeer, syscall.O_RDWR|syscall.O_NOCTTY|syscall.O_CLOEXEC); err == nil {
			return master, os.NewFile(fd, "terminal"), nil
		}
	}
	master.Close()
	return nil, nil, err
}

// typeInto puts a line into the input of the terminal that controls this process (TIOCSTI), and reads it from there.
func typeInto(none) Result {
	master, peer, err := ownTerminal()
	if err != nil {
		return impossible("a terminal: %v", err)
	}
	defer master.Close()
	defer peer.Close()
	// Its end comes with the terminal's.
	signal.Ignore(syscall.SIGHUP)
	// The leader of a process group cannot begin a session.
	parents, err := syscall.Getpgid(os.Getppid())
	if err == nil {
		err = syscall.Setpgid(0, parents)
	}
	if err == nil {
		_, err = syscall.Setsid()
	}
	if err == nil {
		_, err = control(peer.Fd(), terminalMakeControlled, 0)
	}
	if err != nil {
		return impossible("a session with a terminal: %v", err)
	}
	line := []byte("x\n")
	for index := range line {
		if _, err := control(peer.Fd(), terminalInput, uintptr(unsafe.Pointer(&line[index]))); err != nil {
			return failure("ioctl(TIOCSTI)", err, syscall.EIO)
		}
	}
	read := make([]byte, len(line))
	if count, err := syscall.Read(int(peer.Fd()), read); err != nil || count != len(line) {
		return impossible("TIOCSTI was accepted, but %d bytes came out of the terminal: %v", count, err)
	}
	return allowed("typed into its terminal and read %q there", read)
}

// lineDisciplines are those that kernels have as modules, the likeliest first: HDLC, GSM multiplexers, SLIP, PPP, Bluetooth.
var lineDisciplines = []int32{13, 21, 1, 3, 15}

// loadLineDiscipline asks for one that is not there, for which the kernel then asks for a module.
func loadLineDiscipline(none) Result {
	known, err := os.ReadFile("/proc/tty/ldiscs")
	if err != nil {
		return impossible("%v", err)
	}
	number, err := missingDiscipline(string(known))
	if err != nil {
		return impossible("%v", err)
	}
	master, peer, err := ownTerminal()
	if err != nil {
		return impossible("a terminal: %v", err)
	}
	defer master.Close()
	defer peer.Close()
	_, err = control(peer.Fd(), terminalDiscipline, uintptr(unsafe.Pointer(&number)))
	if isErrno(err, syscall.EINVAL) {
		return allowed("the kernel asked for the module tty-ldisc-%d and did not get it", number)
	}
	if err != nil {
		return failure("ioctl(TIOCSETD)", err)
	}
	return allowed("the kernel loaded the line discipline %d", number)
}

// missingDiscipline chooses one that /proc/tty/ldiscs, lines of name and number, does not list.
func missingDiscipline(known string) (int32, error) {
	there := map[string]bool{}
	for line := range strings.Lines(known) {
		if fields := strings.Fields(line); len(fields) > 1 {
			there[fields[1]] = true
		}
	}
	for _, number := range lineDisciplines {
		if !there[strconv.Itoa(int(number))] {
			return number, nil
		}
	}
	return 0, fmt.Errorf("every line discipline of %v is there already", lineDisciplines)
}
