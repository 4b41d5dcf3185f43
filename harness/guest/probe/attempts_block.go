package main

import (
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"
	"unsafe"
)

// Attempts on a block device that is in use, beyond writing to it. Each leaves the device's bytes as they are, also
// where it is allowed.

// ioctls of a block device and of a loop device (include/uapi/linux/fs.h and loop.h).
const (
	blockSetReadOnly = 0x125d // BLKROSET
	blockGetReadOnly = 0x125e // BLKROGET
	blockDiscard     = 0x1277 // BLKDISCARD
	loopSetStatus    = 0x4c04 // LOOP_SET_STATUS64
	loopGetStatus    = 0x4c05 // LOOP_GET_STATUS64
	loopChangeFd     = 0x4c06 // LOOP_CHANGE_FD
	loopInfoLength   = 232    // sizeof(struct loop_info64)
)

// deviceLimit is the largest device that is copied, in bytes: the copy is in the guest's memory.
const deviceLimit = 128 * 1024 * 1024

type onDevice struct {
	Path string `json:"path"`
	// Own: a loop device of the probe's own over a file in the directory Path, as a control.
	Own bool `json:"own"`
}

// onBlockDevice makes an attempt of an attack on the node of a block device.
func onBlockDevice(ownMode int, attack func(node string) Result) func(onDevice) Result {
	return func(arguments onDevice) Result {
		if arguments.Own {
			return onOwnLoop(arguments.Path, ownMode, attack)
		}
		status, wrong := statOf(arguments.Path)
		if wrong != nil {
			return *wrong
		}
		if status.Mode&syscall.S_IFMT != syscall.S_IFBLK {
			return impossible("%s is no block device", arguments.Path)
		}
		return attack(arguments.Path)
	}
}

// onLoopDevice is onBlockDevice for ioctls of loop devices, which take a descriptor that may only read.
func onLoopDevice(attack func(device *os.File) Result) func(onDevice) Result {
	return onBlockDevice(os.O_RDONLY, func(node string) Result {
		if !strings.HasPrefix(node, "/dev/loop") {
			return refused("ioctl", "NO_LOOP", "%s is no loop device", node)
		}
		device, err := os.OpenFile(node, os.O_RDONLY, 0)
		if err != nil {
			return failure("open(O_RDONLY)", err)
		}
		defer device.Close()
		return attack(device)
	})
}

// discard asks for sectors that are not there: the kernel looks at the permission first (blk_ioctl_discard).
func discard(node string) Result {
	device, err := os.OpenFile(node, os.O_RDWR, 0)
	if err != nil {
		return failure("open(O_RDWR)", err, syscall.EBUSY)
	}
	defer device.Close()
	// Kernels before 6.8 ask for this only once the range is right.
	var readOnly uint32
	if _, err := control(device.Fd(), blockGetReadOnly, uintptr(unsafe.Pointer(&readOnly))); err == nil && readOnly != 0 {
		return refused("ioctl(BLKROGET)", "EROFS", "%s is marked as read-only", node)
	}
	beyond := [2]uint64{1 << 60, sector}
	_, err = control(device.Fd(), blockDiscard, uintptr(unsafe.Pointer(&beyond)))
	if err == nil || isErrno(err, syscall.EINVAL) {
		return allowed("BLKDISCARD of %s went as far as the range, which is beyond its end", node)
	}
	return failure("ioctl(BLKDISCARD)", err)
}

// unlockDevice takes the kernel's own read-only mark from the device and then writes to it.
func unlockDevice(node string) Result {
	device, err := os.OpenFile(node, os.O_RDONLY, 0)
	if err != nil {
		return failure("open(O_RDONLY)", err)
	}
	defer device.Close()
	var before, writable uint32
	if _, err := control(device.Fd(), blockGetReadOnly, uintptr(unsafe.Pointer(&before))); err != nil {
		return failure("ioctl(BLKROGET)", err)
	}
	if _, err := control(device.Fd(), blockSetReadOnly, uintptr(unsafe.Pointer(&writable))); err != nil {
		return failure("ioctl(BLKROSET)", err)
	}
	result := deviceWrite(node)
	_, err = control(device.Fd(), blockSetReadOnly, uintptr(unsafe.Pointer(&before)))
	return result.and("BLKROSET was accepted").undone(err)
}

// replaceLoop puts a copy of the probe's own in the place of the file behind a loop device. The kernel asks for no
// permission beyond the opened device, only that the device is read-only and that both have one size.
func replaceLoop(device *os.File) Result {
	length, err := device.Seek(0, io.SeekEnd)
	if err != nil || length > deviceLimit {
		return impossible("the device has %d bytes, at most %d are copied: %v", length, deviceLimit, err)
	}
	other, err := memfd("drydock-root", mfdCloexec)
	if err != nil {
		return impossible("memfd_create: %v", err)
	}
	defer other.Close()
	if _, err := io.Copy(other, io.NewSectionReader(device, 0, length)); err != nil {
		return impossible("copy of the device: %v", err)
	}
	if _, err := control(device.Fd(), loopChangeFd, other.Fd()); err != nil {
		return failure("ioctl(LOOP_CHANGE_FD)", err, syscall.EINVAL)
	}
	return allowed("LOOP_CHANGE_FD put a writable copy of %d bytes below what is mounted", length).
		undone(fmt.Errorf("the file that was there has no name"))
}

// remapLoop sets the part of the file that a loop device shows, to what it is already.
func remapLoop(device *os.File) Result {
	var information [loopInfoLength]byte
	pointer := uintptr(unsafe.Pointer(&information))
	if _, err := control(device.Fd(), loopGetStatus, pointer); err != nil {
		return failure("ioctl(LOOP_GET_STATUS64)", err)
	}
	offset := binary.LittleEndian.Uint64(information[24:])
	if _, err := control(device.Fd(), loopSetStatus, pointer); err != nil {
		return failure("ioctl(LOOP_SET_STATUS64)", err)
	}
	return allowed("LOOP_SET_STATUS64 set the offset of the device, to %d as before", offset).undone(nil)
}
