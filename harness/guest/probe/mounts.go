package main

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// Mount is one line of mountinfo.
type Mount struct {
	Path, Options, FsType, Source, SuperOptions string
}

func readMounts() ([]Mount, error) {
	text, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return nil, err
	}
	return parseMounts(string(text)), nil
}

// parseMounts reads mountinfo (proc(5)); lines that are not of its form are left out.
func parseMounts(text string) []Mount {
	var mounts []Mount
	for line := range strings.SplitSeq(text, "\n") {
		before, after, found := strings.Cut(line, " - ")
		first, second := strings.Fields(before), strings.Fields(after)
		if !found || len(first) < 6 || len(second) < 2 {
			continue
		}
		mount := Mount{Path: unescape(first[4]), Options: first[5], FsType: second[0], Source: unescape(second[1])}
		if len(second) > 2 {
			mount.SuperOptions = second[2]
		}
		mounts = append(mounts, mount)
	}
	return mounts
}

// unescape undoes mountinfo's \040 and the like.
func unescape(text string) string {
	var result strings.Builder
	for index := 0; index < len(text); index++ {
		if text[index] == '\\' && index+3 < len(text) {
			if code, err := strconv.ParseUint(text[index+1:index+4], 8, 8); err == nil {
				result.WriteByte(byte(code))
				index += 3
				continue
			}
		}
		result.WriteByte(text[index])
	}
	return result.String()
}

// mountAt is the topmost mount on a path.
func mountAt(path string) (Mount, bool) {
	resolved, err := filepath.EvalSymlinks(path)
	if err != nil {
		return Mount{}, false
	}
	mounts, err := readMounts()
	if err != nil {
		return Mount{}, false
	}
	for index := len(mounts) - 1; index >= 0; index-- {
		if mounts[index].Path == resolved {
			return mounts[index], true
		}
	}
	return Mount{}, false
}

// The flags of statfs(2) that mount(2) would drop on a remount unless they are given again; most have one value.
var keptFlags = map[int64]uintptr{
	2: syscall.MS_NOSUID, 4: syscall.MS_NODEV, 8: syscall.MS_NOEXEC, 16: syscall.MS_SYNCHRONOUS, 64: syscall.MS_MANDLOCK,
	1024: syscall.MS_NOATIME, 2048: syscall.MS_NODIRATIME, 4096: syscall.MS_RELATIME,
}

const statfsReadOnly = 1

func mountFlags(path string) (kept uintptr, readOnly bool, err error) {
	var filesystem syscall.Statfs_t
	if err := syscall.Statfs(path, &filesystem); err != nil {
		return 0, false, err
	}
	for bit, flag := range keptFlags {
		if filesystem.Flags&bit != 0 {
			kept |= flag
		}
	}
	return kept, filesystem.Flags&statfsReadOnly != 0, nil
}

// isReadOnly asks the kernel whether writing there would be answered with EROFS.
func isReadOnly(path string) bool {
	return syscall.Access(path, 2) == syscall.EROFS
}
