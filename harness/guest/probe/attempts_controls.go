package main

import (
	"os"
	"path/filepath"
	"strconv"
	"syscall"
)

// Attempts on something that the probe has made for the purpose: the same calls as the attempts on the image's own
// mounts and devices, where nothing but the probe itself could stand in the way. They are controls.

// ownMounts puts this thread, which is the main one, into a mount namespace that ends with it.
func ownMounts() *Result {
	wrong := Result{}
	if err := syscall.Unshare(syscall.CLONE_NEWNS); err != nil {
		wrong = failure("unshare(CLONE_NEWNS)", err)
	} else if err := syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""); err != nil {
		wrong = failure("mount(MS_PRIVATE)", err)
	} else {
		return nil
	}
	return &wrong
}

// remountOwn mounts a read-only tmpfs over the directory, in a mount namespace that ends with this process, and tries
// to make it writable.
func remountOwn(arguments atPath) Result {
	if wrong := ownReadOnly(arguments.Path); wrong != nil {
		return *wrong
	}
	return remount(remountArguments{Path: arguments.Path})
}

// reconfigureOwn is remountOwn by the newer system calls.
func reconfigureOwn(arguments atPath) Result {
	if wrong := ownReadOnly(arguments.Path); wrong != nil {
		return *wrong
	}
	return reconfigure(arguments)
}

func ownReadOnly(path string) *Result {
	if wrong := ownMounts(); wrong != nil {
		return wrong
	}
	wrong := Result{}
	if err := syscall.Mount("drydock", path, "tmpfs", syscall.MS_RDONLY, "size=64k"); err != nil {
		wrong = failure("mount(tmpfs)", err)
	} else if !isReadOnly(path) {
		wrong = impossible("a tmpfs mounted read-only on %s is writable", path)
	} else {
		return nil
	}
	return &wrong
}

// The kernel's loop device interface (include/uapi/linux/loop.h).
const (
	loopSetFd      = 0x4c00
	loopClearFd    = 0x4c01
	loopGetFree    = 0x4c82
	loopFileLength = 64 * 1024
)

func control(fd uintptr, request, argument uintptr) (uintptr, error) {
	result, _, errno := syscall.Syscall(syscall.SYS_IOCTL, fd, request, argument)
	if errno != 0 {
		return 0, errno
	}
	return result, nil
}

// onOwnLoop attacks a loop device over a nameless file of the probe's own in the directory. Opened for reading alone, the
// device is a read-only one.
func onOwnLoop(directory string, mode int, attack func(node string) Result) Result {
	path := filepath.Join(directory, own())
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return impossible("a file for a loop device: %v", err)
	}
	defer file.Close()
	if err := os.Remove(path); err != nil {
		return impossible("remove: %v", err)
	}
	if err := file.Truncate(loopFileLength); err != nil {
		return impossible("truncate: %v", err)
	}
	loops, err := os.OpenFile("/dev/loop-control", os.O_RDWR, 0)
	if err != nil {
		return impossible("open /dev/loop-control: %v", err)
	}
	defer loops.Close()
	number, err := control(loops.Fd(), loopGetFree, 0)
	if err != nil {
		return failure("ioctl(LOOP_CTL_GET_FREE)", err)
	}
	node := "/dev/loop" + strconv.Itoa(int(number))
	device, err := os.OpenFile(node, mode, 0)
	if err != nil {
		return failure("open of a loop device", err)
	}
	defer device.Close()
	if _, err := control(device.Fd(), loopSetFd, file.Fd()); err != nil {
		return failure("ioctl(LOOP_SET_FD)", err)
	}
	result := attack(node)
	_, err = control(device.Fd(), loopClearFd, 0)
	return result.undone(err)
}
