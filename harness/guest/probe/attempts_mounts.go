package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"unsafe"
)

type remountArguments struct {
	Path     string `json:"path"`
	Writable *bool  `json:"writable"`
}

func mountPoint(path string) (Mount, *Result) {
	if _, wrong := statOf(path); wrong != nil {
		return Mount{}, wrong
	}
	mount, is := mountAt(path)
	if !is {
		result := impossible("%s is no mount point", path)
		return mount, &result
	}
	return mount, nil
}

func hasOption(options, name string) bool {
	return strings.Contains(","+options+",", ","+name+",")
}

// remount tries the mount alone (MS_BIND) and then the whole file system. The kernel accepts a remount that it does
// not carry out (of a squashfs for one), so what counts is whether writing is possible afterwards.
func remount(arguments remountArguments) Result {
	writable := arguments.Writable == nil || *arguments.Writable
	mount, wrong := mountPoint(arguments.Path)
	if wrong != nil {
		return *wrong
	}
	kept, _, err := mountFlags(arguments.Path)
	if err != nil {
		return impossible("statfs %s: %v", arguments.Path, err)
	}
	before := isReadOnly(arguments.Path)
	wanted, undo := kept, kept
	if !writable {
		wanted |= syscall.MS_RDONLY
	}
	if hasOption(mount.Options, "ro") {
		undo |= syscall.MS_RDONLY
	}
	var answers []string
	var last Result
	for _, variant := range []struct {
		name string
		flag uintptr
		undo uintptr
	}{
		{"mount(MS_REMOUNT|MS_BIND)", syscall.MS_BIND, undo},
		{"mount(MS_REMOUNT)", 0, superFlags(kept, mount)},
	} {
		err := syscall.Mount("none", arguments.Path, "", syscall.MS_REMOUNT|variant.flag|wanted, "")
		if err != nil {
			last = failure(variant.name, err, syscall.EBUSY)
			answers = append(answers, variant.name+": "+errnoName(err))
			continue
		}
		reached := isReadOnly(arguments.Path) != writable
		undone := syscall.Mount("none", arguments.Path, "", syscall.MS_REMOUNT|variant.flag|variant.undo, "")
		if reached {
			return allowed("%s made %s %s (before: %s)", variant.name, arguments.Path, access(!writable), access(before)).undone(undone)
		}
		last = refused(variant.name, "EROFS", "accepted, but it stays %s", access(before))
		answers = append(answers, variant.name+": accepted without effect")
	}
	if last.Outcome == "refused" {
		last.Detail = strings.Join(answers, ", ")
	}
	return last
}

func superFlags(kept uintptr, mount Mount) uintptr {
	if hasOption(mount.SuperOptions, "ro") || hasOption(mount.Options, "ro") {
		return kept | syscall.MS_RDONLY
	}
	return kept
}

func access(readOnly bool) string {
	if readOnly {
		return "read-only"
	}
	return "writable"
}

type mountAttributes struct{ set, clear, propagation, userns uint64 }

func mountSetattr(path string, attributes mountAttributes) error {
	pointer, err := syscall.BytePtrFromString(path)
	if err != nil {
		return err
	}
	directory := atFdcwd
	_, _, errno := syscall.Syscall6(sysMountSetattr, uintptr(directory), uintptr(unsafe.Pointer(pointer)), 0,
		uintptr(unsafe.Pointer(&attributes)), unsafe.Sizeof(attributes), 0)
	if errno != 0 {
		return errno
	}
	return nil
}

func remountAttr(arguments atPath) Result {
	mount, wrong := mountPoint(arguments.Path)
	if wrong != nil {
		return *wrong
	}
	before := isReadOnly(arguments.Path)
	if err := mountSetattr(arguments.Path, mountAttributes{clear: mountAttrRO}); err != nil {
		return failure("mount_setattr", err, syscall.ENOSYS)
	}
	after := isReadOnly(arguments.Path)
	var undone error
	if hasOption(mount.Options, "ro") {
		undone = mountSetattr(arguments.Path, mountAttributes{set: mountAttrRO})
	}
	if after {
		return refused("mount_setattr", "EROFS", "accepted, but it stays read-only").undone(undone)
	}
	return allowed("mount_setattr left %s writable (before: %s)", arguments.Path, access(before)).undone(undone)
}

// Of the newer mount calls (include/uapi/linux/mount.h).
const (
	fspickCloexec       = 1
	fsconfigSetFlag     = 0
	fsconfigReconfigure = 7
)

func fsconfig(fd int, command uintptr, key string) error {
	var name unsafe.Pointer
	if key != "" {
		pointer, err := syscall.BytePtrFromString(key)
		if err != nil {
			return err
		}
		name = unsafe.Pointer(pointer)
	}
	_, _, errno := syscall.Syscall6(sysFsconfig, uintptr(fd), command, uintptr(name), 0, 0, 0)
	if errno != 0 {
		return errno
	}
	return nil
}

// reconfigure asks the file system below a mount to be writable (fspick, fsconfig), and the mount as well.
func reconfigure(arguments atPath) Result {
	mount, wrong := mountPoint(arguments.Path)
	if wrong != nil {
		return *wrong
	}
	before := isReadOnly(arguments.Path)
	pointer, err := syscall.BytePtrFromString(arguments.Path)
	if err != nil {
		return impossible("%v", err)
	}
	directory := atFdcwd
	picked, _, errno := syscall.Syscall(sysFspick, uintptr(directory), uintptr(unsafe.Pointer(pointer)), fspickCloexec)
	if errno != 0 {
		return failure("fspick", errno, syscall.ENOSYS)
	}
	fd := int(picked)
	defer syscall.Close(fd)
	if err := fsconfig(fd, fsconfigSetFlag, "rw"); err != nil {
		return failure("fsconfig(rw)", err)
	}
	if err := fsconfig(fd, fsconfigReconfigure, ""); err != nil {
		return failure("fsconfig(FSCONFIG_CMD_RECONFIGURE)", err, syscall.EBUSY)
	}
	if hasOption(mount.Options, "ro") {
		if err := mountSetattr(arguments.Path, mountAttributes{clear: mountAttrRO}); err != nil {
			return failure("mount_setattr", err)
		}
	}
	after := isReadOnly(arguments.Path)
	kept, _, err := mountFlags(arguments.Path)
	if err == nil {
		err = syscall.Mount("none", arguments.Path, "", syscall.MS_REMOUNT|superFlags(kept, mount), "")
	}
	if after {
		return refused("fsconfig(FSCONFIG_CMD_RECONFIGURE)", "EROFS", "accepted, but it stays read-only").undone(err)
	}
	return allowed("fsconfig left %s writable (before: %s)", arguments.Path, access(before)).undone(err)
}

type bindArguments struct {
	Path   string `json:"path"`
	Source string `json:"source"`
}

func bindOver(arguments bindArguments) Result {
	source := arguments.Source
	if source == "" {
		source = arguments.Path
	}
	for _, path := range []string{source, arguments.Path} {
		if _, wrong := statOf(path); wrong != nil {
			return *wrong
		}
	}
	if err := syscall.Mount(source, arguments.Path, "", syscall.MS_BIND, ""); err != nil {
		return failure("mount(MS_BIND)", err)
	}
	return allowed("mounted %s over %s", source, arguments.Path).undone(syscall.Unmount(arguments.Path, syscall.MNT_DETACH))
}

func mountTmpfs(arguments atPath) Result {
	if _, wrong := statOf(arguments.Path); wrong != nil {
		return *wrong
	}
	if err := stageTmpfs(arguments.Path); err != nil {
		return failure("mount(tmpfs)", err)
	}
	return allowed("mounted a tmpfs on %s", arguments.Path).undone(syscall.Unmount(arguments.Path, syscall.MNT_DETACH))
}

func stageTmpfs(path string) error {
	return syscall.Mount("drydock", path, "tmpfs", syscall.MS_NOSUID|syscall.MS_NODEV, "size=64k,mode=0700")
}

// top is a path below which names are found in what was last mounted there. A process does not see what is mounted
// over its own root, but in /.. it does.
func top(path string) string {
	if filepath.Clean(path) == "/" {
		return "/.."
	}
	return path
}

// overlayOver puts a tmpfs on the directory for the upper layer, and the overlay on top of that. The directory itself,
// then hidden, stays reachable through a descriptor.
func overlayOver(arguments atPath) Result {
	lower, err := syscall.Open(arguments.Path, oPath|syscall.O_DIRECTORY|syscall.O_CLOEXEC, 0)
	if err != nil {
		return impossible("open %s: %v", arguments.Path, err)
	}
	defer syscall.Close(lower)
	if err := stageTmpfs(arguments.Path); err != nil {
		return failure("mount(tmpfs)", err)
	}
	result := mountOverlay(top(arguments.Path), lower)
	if err := syscall.Unmount(arguments.Path, syscall.MNT_DETACH); err != nil {
		return result.undone(err)
	}
	return result
}

func mountOverlay(path string, lower int) Result {
	upper, work := path+"/upper", path+"/work"
	for _, folder := range []string{upper, work} {
		if err := os.Mkdir(folder, 0o755); err != nil {
			return impossible("mkdir on the probe's own tmpfs: %v", err)
		}
	}
	options := fmt.Sprintf("lowerdir=/proc/self/fd/%d,upperdir=%s,workdir=%s", lower, upper, work)
	if err := syscall.Mount("drydock", path, "overlay", 0, options); err != nil {
		return failure("mount(overlay)", err)
	}
	probe := path + "/" + own()
	written := os.WriteFile(probe, nil, 0o600)
	undone := syscall.Unmount(path, syscall.MNT_DETACH)
	if written != nil {
		return failure("open(O_CREAT) on the overlay", errors.Unwrap(written)).undone(undone)
	}
	return allowed("mounted a writable overlay on %s", path).undone(undone)
}

// unmount keeps a copy of the mount where it may, so that it can be put back.
func unmount(arguments atPath) Result {
	if _, wrong := mountPoint(arguments.Path); wrong != nil {
		return *wrong
	}
	if filepath.Clean(arguments.Path) == "/" {
		return impossible("the root could not be put back")
	}
	pointer, err := syscall.BytePtrFromString(arguments.Path)
	if err != nil {
		return impossible("%v", err)
	}
	directory := atFdcwd
	copied, _, noCopy := syscall.Syscall(sysOpenTree, uintptr(directory), uintptr(unsafe.Pointer(pointer)), openTreeClone|syscall.O_CLOEXEC)
	// EINVAL: no mount point of this namespace's own, which has been looked at, or one that is locked.
	if err := syscall.Unmount(arguments.Path, syscall.MNT_DETACH); err != nil {
		return failure("umount2", err, syscall.EINVAL)
	}
	result := allowed("unmounted %s", arguments.Path)
	if noCopy != 0 {
		return result.undone(fmt.Errorf("open_tree: %w", noCopy))
	}
	empty := [1]byte{}
	_, _, errno := syscall.Syscall6(sysMoveMount, copied, uintptr(unsafe.Pointer(&empty)), uintptr(directory),
		uintptr(unsafe.Pointer(pointer)), moveEmptyPath, 0)
	syscall.Close(int(copied))
	if errno != 0 {
		return result.undone(fmt.Errorf("move_mount: %w", errno))
	}
	return result.undone(nil)
}
