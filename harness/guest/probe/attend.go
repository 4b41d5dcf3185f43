package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// attendingWord is what `attend` says on standard output once it answers; anything else is why it cannot.
const attendingWord = "attending"

// attend moves this process to the host, so that it needs nothing of the container that the shell is in, and becomes
// `attending`: after exec all its threads are there.
func attend(arguments []string) error {
	err := enterHost(false)
	if err == nil {
		err = syscall.Exec("/proc/self/exe", append([]string{commandName, "attending"}, arguments...), []string{})
	}
	fmt.Println(err)
	return err
}

// attending answers requests from the virtio port of that name, whoever is at its other end, for ever.
func attending(arguments []string) error {
	if len(arguments) != 1 {
		return errors.New("attending needs the name of a virtio port")
	}
	port, err := openPort(arguments[0])
	if err != nil {
		fmt.Println(err)
		return err
	}
	if err := answerOn(os.Stdout); err != nil {
		return err
	}
	isOnHost = true
	server := newServer(port)
	for {
		// A new reader: half a line of a peer that has gone means nothing to the next.
		if err := server.answerAll(newLineReader(port)); err != nil {
			return err
		}
		// Nobody is at the other end. The driver lets nobody wait for that: read(2) and poll(2) return at once.
		time.Sleep(absentPeerPause)
	}
}

const absentPeerPause = 200 * time.Millisecond

// answerOn says that all is well, and lets go of whoever started this process.
func answerOn(report *os.File) error {
	if _, err := fmt.Fprintln(report, attendingWord); err != nil {
		return err
	}
	none, err := os.OpenFile("/dev/null", os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer none.Close()
	for descriptor := range 3 {
		if err := syscall.Dup3(int(none.Fd()), descriptor, 0); err != nil {
			return os.NewSyscallError("dup3", err)
		}
	}
	return nil
}

const virtioPorts = "/sys/class/virtio-ports"

// openPort opens the virtio serial port of that name; only one process can have it open.
func openPort(name string) (io.ReadWriter, error) {
	folders, err := filepath.Glob(virtioPorts + "/*")
	if err != nil {
		return nil, err
	}
	for _, folder := range folders {
		found, err := os.ReadFile(folder + "/name")
		if err != nil || strings.TrimSpace(string(found)) != name {
			continue
		}
		// Without the runtime's poller, for which a port without a peer is always ready.
		path := "/dev/" + filepath.Base(folder)
		descriptor, err := syscall.Open(path, syscall.O_RDWR|syscall.O_CLOEXEC, 0)
		if errors.Is(err, syscall.EPERM) {
			return nil, fmt.Errorf("open %s: %w (its cgroup may keep it from devices: %v)", path, err, joinCgroup())
		}
		if err != nil {
			return nil, fmt.Errorf("open %s: %w", path, err)
		}
		return os.NewFile(uintptr(descriptor), path), nil
	}
	return nil, fmt.Errorf("none of the %d ports in %s is called %s", len(folders), virtioPorts, name)
}
