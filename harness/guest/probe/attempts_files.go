package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"sync/atomic"
	"syscall"
	"unsafe"
)

// Attempts on what is in a file.

func truncate(arguments atPath) Result {
	return onVictim(arguments.Path, func(path string) Result {
		status, wrong := statOf(path)
		if wrong != nil {
			return *wrong
		}
		if err := syscall.Truncate(path, status.Size); err != nil {
			return failure("truncate", err)
		}
		return allowed("truncate of %s to the size that it has", path)
	})
}

func mmapWrite(arguments atPath) Result {
	return onVictim(arguments.Path, func(path string) (result Result) {
		fd, err := syscall.Open(path, syscall.O_RDWR|syscall.O_CLOEXEC|syscall.O_NONBLOCK, 0)
		if err != nil {
			return failure("open(O_RDWR)", err)
		}
		defer syscall.Close(fd)
		var status syscall.Stat_t
		if err := syscall.Fstat(fd, &status); err != nil || status.Size == 0 {
			return impossible("%s is empty, so there is no byte to map", path)
		}
		page, err := syscall.Mmap(fd, 0, 1, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_SHARED)
		if err != nil {
			return failure("mmap(MAP_SHARED, PROT_WRITE)", err)
		}
		defer syscall.Munmap(page)
		// The kernel may still refuse by a signal when the page is written.
		defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
		defer func() {
			if fault := recover(); fault != nil {
				result = refused("write to a shared mapping", "SIGBUS", "%v", fault)
			}
		}()
		// Nothing is added, but it is written: the compiler would leave out an assignment of the byte to itself.
		atomic.AddUint32((*uint32)(unsafe.Pointer(&page[0])), 0)
		return allowed("wrote the first byte of %s with itself through a shared mapping", path)
	})
}

// fallocate asks for the room that the file has already.
func fallocate(arguments atPath) Result {
	return onVictim(arguments.Path, func(path string) Result {
		fd, err := syscall.Open(path, syscall.O_WRONLY|syscall.O_CLOEXEC|syscall.O_NONBLOCK, 0)
		if err != nil {
			return failure("open(O_WRONLY)", err)
		}
		defer syscall.Close(fd)
		if err := syscall.Fallocate(fd, 0, 0, 1); err != nil {
			return failure("fallocate", err)
		}
		return allowed("fallocate of the first byte of %s", path)
	})
}

// The kernel's struct file_handle: its length, its type, then as many bytes.
const handleLimit = 128

// handleWrite opens a file for writing by its handle, past the names and mounts that lead to it.
func handleWrite(arguments atPath) Result {
	return onVictim(arguments.Path, func(path string) Result {
		pointer, err := syscall.BytePtrFromString(path)
		if err != nil {
			return impossible("%v", err)
		}
		var handle [8 + handleLimit]byte
		binary.LittleEndian.PutUint32(handle[:], handleLimit)
		var mountID int32
		directory := atFdcwd
		_, _, errno := syscall.Syscall6(sysNameToHandleAt, uintptr(directory), uintptr(unsafe.Pointer(pointer)),
			uintptr(unsafe.Pointer(&handle)), uintptr(unsafe.Pointer(&mountID)), 0, 0)
		if errno != 0 {
			return failure("name_to_handle_at", errno, syscall.EOPNOTSUPP)
		}
		near, err := syscall.Open(filepath.Dir(path), syscall.O_RDONLY|syscall.O_DIRECTORY|syscall.O_CLOEXEC, 0)
		if err != nil {
			return impossible("open of the directory: %v", err)
		}
		defer syscall.Close(near)
		fd, _, errno := syscall.Syscall(sysOpenByHandleAt, uintptr(near), uintptr(unsafe.Pointer(&handle)), syscall.O_WRONLY|syscall.O_CLOEXEC)
		if errno != 0 {
			return failure("open_by_handle_at", errno)
		}
		syscall.Close(int(fd))
		return allowed("opened %s for writing by its handle, wrote nothing", path)
	})
}

func openWrite(arguments atPath) Result {
	if wrong := mayOpen(arguments.Path); wrong != nil {
		return *wrong
	}
	fd, err := syscall.Open(arguments.Path, syscall.O_WRONLY|syscall.O_CLOEXEC|syscall.O_NONBLOCK|syscall.O_NOCTTY, 0)
	if err != nil {
		return failure("open(O_WRONLY)", err)
	}
	syscall.Close(fd)
	return allowed("opened %s for writing, wrote nothing", arguments.Path)
}

// mayOpen says no to what is not there, and to devices that act when they are opened.
func mayOpen(path string) *Result {
	if _, wrong := statOf(path); wrong != nil {
		return wrong
	}
	if matched, _ := filepath.Match("watchdog*", filepath.Base(path)); matched {
		result := impossible("opening %s would start a watchdog", path)
		return &result
	}
	return nil
}

// recordLimit is as long as a record of /dev/kmsg can be.
const recordLimit = 8192

func openRead(arguments atPath) Result {
	if wrong := mayOpen(arguments.Path); wrong != nil {
		return *wrong
	}
	fd, err := syscall.Open(arguments.Path, syscall.O_RDONLY|syscall.O_CLOEXEC|syscall.O_NONBLOCK|syscall.O_NOCTTY, 0)
	if err != nil {
		return failure("open(O_RDONLY)", err, syscall.ENXIO, syscall.ENODEV)
	}
	defer syscall.Close(fd)
	var status syscall.Stat_t
	if err := syscall.Fstat(fd, &status); err == nil && status.Mode&syscall.S_IFMT == syscall.S_IFDIR {
		return readDirectory(fd, arguments.Path)
	}
	// Some files of the kernel give whole records only.
	count, err := syscall.Read(fd, make([]byte, recordLimit))
	if err != nil {
		return failure("read", err)
	}
	if count == 0 {
		return refused("read", "EOF", "%s was opened, there was nothing to read", arguments.Path)
	}
	return allowed("read the beginning of %s", arguments.Path)
}

func readDirectory(fd int, path string) Result {
	buffer := make([]byte, 4096)
	count, err := syscall.ReadDirent(fd, buffer)
	if err != nil {
		return failure("getdents64", err)
	}
	_, _, names := syscall.ParseDirent(buffer[:count], -1, nil)
	if len(names) == 0 {
		return refused("getdents64", "EOF", "%s was opened, it is empty", path)
	}
	return allowed("read the names in %s", path)
}

type contentAtPath struct {
	Path    string `json:"path"`
	Content string `json:"content"`
}

const contentLimit = 4 * 1024 * 1024

func writeFile(arguments contentAtPath) Result {
	if _, err := os.Stat(arguments.Path); errors.Is(err, os.ErrNotExist) {
		return writeNewFile(arguments)
	}
	if wrong := mayOpen(arguments.Path); wrong != nil {
		return *wrong
	}
	before, err := readLimited(arguments.Path, contentLimit)
	fd, openErr := syscall.Open(arguments.Path, syscall.O_WRONLY|syscall.O_CLOEXEC|syscall.O_NONBLOCK|syscall.O_NOCTTY, 0)
	if openErr != nil {
		return failure("open(O_WRONLY)", openErr)
	}
	defer syscall.Close(fd)
	if _, err := syscall.Write(fd, []byte(arguments.Content)); err != nil {
		return failure("write", err)
	}
	result := allowed("wrote %d bytes to %s", len(arguments.Content), arguments.Path)
	if err != nil {
		return result.undone(fmt.Errorf("what was there could not be read: %w", err))
	}
	return result.undone(restore(arguments.Path, before))
}

func writeNewFile(arguments contentAtPath) Result {
	fd, err := syscall.Open(arguments.Path, syscall.O_CREAT|syscall.O_EXCL|syscall.O_WRONLY|syscall.O_CLOEXEC, 0o600)
	if err != nil {
		return failure("open(O_CREAT)", err)
	}
	defer syscall.Close(fd)
	result := allowed("wrote %d bytes to a new file %s", len(arguments.Content), arguments.Path)
	if _, err := syscall.Write(fd, []byte(arguments.Content)); err != nil {
		result = failure("write", err)
	}
	return result.undone(os.Remove(arguments.Path))
}

// restore writes what was there before; files of /proc and /sys have no length to be cut.
func restore(path string, before []byte) error {
	file, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer file.Close()
	if information, err := file.Stat(); err == nil && information.Mode().IsRegular() && information.Size() > 0 {
		if err := file.Truncate(0); err != nil {
			return err
		}
	}
	_, err = file.Write(before)
	return err
}

func readLimited(path string, limit int64) ([]byte, error) {
	fd, err := syscall.Open(path, syscall.O_RDONLY|syscall.O_CLOEXEC|syscall.O_NONBLOCK|syscall.O_NOCTTY, 0)
	if err != nil {
		return nil, err
	}
	defer syscall.Close(fd)
	content := []byte{}
	buffer := make([]byte, 64*1024)
	for {
		count, err := syscall.Read(fd, buffer)
		if errors.Is(err, syscall.EINTR) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if count == 0 {
			return content, nil
		}
		content = append(content, buffer[:count]...)
		if int64(len(content)) > limit {
			return nil, syscall.EFBIG
		}
	}
}
