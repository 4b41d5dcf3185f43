// Package module loads kernel modules from signed, xz-compressed files as Debian ships them.
package module

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"syscall"
	"unsafe"
)

// The kernel unpacks the file itself (MODULE_INIT_COMPRESSED_FILE in linux/module.h).
const compressedFile = 4

// Load loads one module; one that is already there is no error.
func Load(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	parameters := []byte{0}
	flags := uintptr(0)
	if filepath.Ext(path) == ".xz" {
		flags = compressedFile
	}
	_, _, errno := syscall.Syscall(finitModule, file.Fd(), uintptr(unsafe.Pointer(&parameters[0])), flags)
	if errno != 0 && !errors.Is(errno, syscall.EEXIST) {
		return fmt.Errorf("load %s: %w", path, errno)
	}
	return nil
}

// LoadAll loads every file of a folder, in the order of their names.
func LoadAll(folder string) error {
	paths, err := filepath.Glob(filepath.Join(folder, "*.ko*"))
	if err != nil {
		return err
	}
	sort.Strings(paths)
	var failures []error
	for _, path := range paths {
		failures = append(failures, Load(path))
	}
	return errors.Join(failures...)
}
