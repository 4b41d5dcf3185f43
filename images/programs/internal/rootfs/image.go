package rootfs

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"

	"drydock.test/images/internal/loop"
)

const mountFlags = syscall.MS_RDONLY | syscall.MS_NODEV | syscall.MS_NOSUID

// Image is the file in the initial ramfs that holds the root file system; its ending names the kind.
func Image() (path, kind string, err error) {
	paths, err := filepath.Glob("/root.*")
	if err != nil || len(paths) != 1 {
		return "", "", fmt.Errorf("expected one file /root.*, found %v", paths)
	}
	return paths[0], filepath.Ext(paths[0])[1:], nil
}

// Mount mounts the image read-only: an EROFS as the file that it is, so that no block device lies below the root for
// anyone to write to, unlock or put another file under. Others need a loop device.
func Mount(target string) error {
	if paths, err := filepath.Glob("/root.*"); err == nil && len(paths) == 0 {
		return mountDisk(target)
	}
	path, kind, err := Image()
	if err != nil {
		return err
	}
	if kind == "erofs" {
		return mountFile(path, kind, target)
	}
	return MountLoop(target, true)
}

// mountDisk mounts the first disk, where an image without a file for its root has it.
func mountDisk(target string) error {
	var failures []error
	for _, kind := range []string{"erofs", "squashfs"} {
		err := syscall.Mount("/dev/vda", target, kind, mountFlags, "")
		if err == nil {
			return nil
		}
		failures = append(failures, fmt.Errorf("mount /dev/vda as %s: %w", kind, err))
	}
	return errors.Join(failures...)
}

// MountLoop mounts the image from a loop device over its file.
func MountLoop(target string, readOnlyDevice bool) error {
	path, kind, err := Image()
	if err != nil {
		return err
	}
	device, err := loop.Attach(path, readOnlyDevice)
	if err != nil {
		return err
	}
	defer device.Close()
	if err := syscall.Mount(device.Name(), target, kind, mountFlags, ""); err != nil {
		return fmt.Errorf("mount the root file system: %w", err)
	}
	return nil
}

// The initial ramfs is a tmpfs, whose files a file system cannot be mounted from (it has no read_folio); those of a
// ramfs can. Once it is detached, no path leads to the file.
func mountFile(path, kind, target string) error {
	const folder = "/image"
	if err := os.Mkdir(folder, 0o700); err != nil {
		return err
	}
	if err := syscall.Mount("image", folder, "ramfs", syscall.MS_NODEV|syscall.MS_NOSUID|syscall.MS_NOEXEC, ""); err != nil {
		return fmt.Errorf("mount a ramfs: %w", err)
	}
	file := filepath.Join(folder, filepath.Base(path))
	if err := moveFile(path, file); err != nil {
		return err
	}
	if err := syscall.Mount(file, target, kind, mountFlags, ""); err != nil {
		return fmt.Errorf("mount the root file system: %w", err)
	}
	if err := syscall.Unmount(folder, syscall.MNT_DETACH); err != nil {
		return fmt.Errorf("detach the ramfs: %w", err)
	}
	return os.Remove(folder)
}

func moveFile(from, to string) error {
	source, err := os.Open(from)
	if err != nil {
		return err
	}
	defer source.Close()
	destination, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o400)
	if err != nil {
		return err
	}
	if _, err := io.Copy(destination, source); err != nil {
		return err
	}
	if err := destination.Close(); err != nil {
		return err
	}
	return os.Remove(from)
}
