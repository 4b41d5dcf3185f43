// Twin-root is /init of those twins whose root is not what it should be, in the way that the file /flaw names: `tmpfs-rw`,
// `tmpfs-changed` (which then changes one file) and
// `tmpfs-ro` copy the root to a tmpfs (mounted read-only in the second case, which is LinuxKit's shape: a mount option,
// not a property), `loop-rw` and `loop-ro` mount the root from a loop device that can or cannot be written.
package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"drydock.test/images/internal/console"
	"drydock.test/images/internal/module"
	"drydock.test/images/internal/rootfs"
)

func copyFile(from, to string, mode fs.FileMode) error {
	content, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, content, mode)
}

func copyTree(from, to string) error {
	return filepath.WalkDir(from, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		target := filepath.Join(to, strings.TrimPrefix(path, from))
		info, err := entry.Info()
		if err != nil {
			return err
		}
		switch {
		case entry.IsDir():
			if err := os.Mkdir(target, info.Mode().Perm()); err != nil && !os.IsExist(err) {
				return err
			}
			return nil
		case info.Mode()&fs.ModeSymlink != 0:
			link, err := os.Readlink(path)
			if err != nil {
				return err
			}
			return os.Symlink(link, target)
		default:
			return copyFile(path, target, info.Mode().Perm())
		}
	})
}

func copyToTmpfs(flags uintptr) error {
	if err := os.Mkdir("/packed", 0o755); err != nil {
		return err
	}
	if err := rootfs.Mount("/packed"); err != nil {
		return err
	}
	if err := syscall.Mount("root", "/root", "tmpfs", syscall.MS_NODEV|syscall.MS_NOSUID, "mode=755,size=60%"); err != nil {
		return fmt.Errorf("mount tmpfs: %w", err)
	}
	if err := copyTree("/packed", "/root"); err != nil {
		return err
	}
	if err := syscall.Unmount("/packed", 0); err != nil {
		return fmt.Errorf("unmount /packed: %w", err)
	}
	return syscall.Mount("root", "/root", "", syscall.MS_REMOUNT|syscall.MS_NODEV|syscall.MS_NOSUID|flags, "")
}

// change replaces one character and makes the root as read-only as that of tmpfs-ro.
func change(path string) error {
	content, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	content[0] ^= 1
	if err := os.WriteFile(path, content, 0); err != nil {
		return err
	}
	return syscall.Mount("root", "/root", "", syscall.MS_REMOUNT|syscall.MS_NODEV|syscall.MS_NOSUID|syscall.MS_RDONLY, "")
}

func enter() error {
	flaw, err := os.ReadFile("/flaw")
	if err != nil {
		return err
	}
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
	switch string(flaw) {
	case "tmpfs-rw":
		err = copyToTmpfs(0)
	case "tmpfs-ro":
		err = copyToTmpfs(syscall.MS_RDONLY)
	case "tmpfs-changed":
		if err = copyToTmpfs(0); err == nil {
			err = change("/root/etc/hosts")
		}
	case "loop-rw":
		err = rootfs.MountLoop("/root", false)
	case "loop-ro":
		err = rootfs.MountLoop("/root", true)
	default:
		err = fmt.Errorf("unknown flaw %q", flaw)
	}
	if err != nil {
		return err
	}
	return rootfs.Enter("/root")
}

func main() {
	console.Log("twin-root", "%v", enter())
	os.Exit(1)
}
