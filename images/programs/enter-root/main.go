// Enter-root is /init of the initial ramfs: it mounts the root file system that lies in the ramfs, read-only, and goes
// there. The file system is one that cannot be written, so that no mount option makes it writable.
package main

import (
	"fmt"
	"os"
	"syscall"

	"drydock.test/images/internal/console"
	"drydock.test/images/internal/module"
	"drydock.test/images/internal/rootfs"
)

func enter() error {
	for _, folder := range []string{"/dev", "/root"} {
		if err := os.MkdirAll(folder, 0o755); err != nil {
			return err
		}
	}
	if err := syscall.Mount("dev", "/dev", "devtmpfs", syscall.MS_NOSUID|syscall.MS_NOEXEC, ""); err != nil {
		return fmt.Errorf("mount /dev: %w", err)
	}
	if err := module.LoadAll("/modules"); err != nil {
		return err
	}
	if err := rootfs.Mount("/root"); err != nil {
		return err
	}
	return rootfs.Enter("/root")
}

func main() {
	console.Log("enter-root", "%v", enter())
	os.Exit(1) // the kernel panics, as it should without a root
}
