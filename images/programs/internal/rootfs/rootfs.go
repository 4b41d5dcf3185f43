// Package rootfs leaves the initial ramfs for another root.
package rootfs

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// Enter empties the initial ramfs (all but the mount point `root`, which hides it from then on), makes `root` the root
// of pid 1 and of the kernel's threads, and runs /sbin/init there. It returns only on failure.
func Enter(root string) error {
	if err := syscall.Unmount("/dev", syscall.MNT_DETACH); err != nil {
		return fmt.Errorf("unmount /dev: %w", err)
	}
	entries, err := os.ReadDir("/")
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if path := filepath.Join("/", entry.Name()); path != root {
			if err := os.RemoveAll(path); err != nil {
				return err
			}
		}
	}
	if err := os.Chdir(root); err != nil {
		return err
	}
	if err := syscall.Mount(".", "/", "", syscall.MS_MOVE, ""); err != nil {
		return fmt.Errorf("move %s to /: %w", root, err)
	}
	if err := syscall.Chroot("."); err != nil {
		return fmt.Errorf("chroot: %w", err)
	}
	if err := os.Chdir("/"); err != nil {
		return err
	}
	return fmt.Errorf("run /sbin/init: %w", syscall.Exec("/sbin/init", []string{"/sbin/init"}, []string{}))
}
