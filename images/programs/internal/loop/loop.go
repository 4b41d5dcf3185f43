// Package loop attaches files to loop devices.
package loop

import (
	"fmt"
	"os"
	"syscall"
	"unsafe"
)

const (
	controlGetFree = 0x4c82 // LOOP_CTL_GET_FREE
	configure      = 0x4c0a // LOOP_CONFIGURE
	flagReadOnly   = 1      // LO_FLAGS_READ_ONLY
	flagAutoClear  = 4      // LO_FLAGS_AUTOCLEAR
)

// info64 is struct loop_info64 of linux/loop.h.
type info64 struct {
	device, inode, rdevice, offset, sizeLimit uint64
	number, encryptType, encryptKeySize       uint32
	flags                                     uint32
	fileName, cryptName                       [64]byte
	encryptKey                                [32]byte
	init                                      [2]uint64
}

// config is struct loop_config of linux/loop.h.
type config struct {
	fd, blockSize uint32
	info          info64
	reserved      [8]uint64
}

func ioctl(fd uintptr, request uintptr, argument unsafe.Pointer) (uintptr, error) {
	result, _, errno := syscall.Syscall(syscall.SYS_IOCTL, fd, request, uintptr(argument))
	if errno != 0 {
		return 0, errno
	}
	return result, nil
}

// Attach attaches the file to a free loop device and returns the open device, which lives while it is open or mounted.
// Read-only holds for the device and for the file behind it.
func Attach(path string, readOnly bool) (*os.File, error) {
	mode, flags := os.O_RDWR, uint32(flagAutoClear)
	if readOnly {
		mode, flags = os.O_RDONLY, flags|flagReadOnly
	}
	backing, err := os.OpenFile(path, mode, 0)
	if err != nil {
		return nil, err
	}
	defer backing.Close()
	control, err := os.OpenFile("/dev/loop-control", os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	defer control.Close()
	number, err := ioctl(control.Fd(), controlGetFree, nil)
	if err != nil {
		return nil, fmt.Errorf("find a free loop device: %w", err)
	}
	device, err := os.OpenFile(fmt.Sprintf("/dev/loop%d", number), mode, 0)
	if err != nil {
		return nil, err
	}
	wanted := config{fd: uint32(backing.Fd()), info: info64{flags: flags}}
	if _, err := ioctl(device.Fd(), configure, unsafe.Pointer(&wanted)); err != nil {
		device.Close()
		return nil, fmt.Errorf("attach %s to %s: %w", path, device.Name(), err)
	}
	return device, nil
}
