package main

import (
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"syscall"
	"time"
)

const (
	fileLimit  = 4 * 1024 * 1024
	totalLimit = 24 * 1024 * 1024 // of the files in one answer
	nameLimit  = 100_000
)

// readInTime is read without a process of its own, which takes most of the time of a small request. What hangs is
// left to itself: nothing can be done for a read that the kernel does not end.
func readInTime(request Request) (any, error) {
	type outcome struct {
		result any
		err    error
	}
	done := make(chan outcome, 1)
	go func() {
		result, err := read(request)
		done <- outcome{result, err}
	}()
	timeout := timeoutOf(request)
	select {
	case outcome := <-done:
		return outcome.result, outcome.err
	case <-time.After(timeout):
		return nil, &Problem{Code: codeTimedOut, Message: fmt.Sprintf("no answer within %v", timeout)}
	}
}

// read answers requests that change nothing, in the place where this process is.
func read(request Request) (any, error) {
	switch request.Op {
	case "read":
		return readFiles(request.Paths, request.Limit), nil
	case "glob":
		return eachPath(request.Paths, glob)
	case "stat":
		return eachPath(request.Paths, statFile)
	case "readlink":
		return eachPath(request.Paths, os.Readlink)
	case "links":
		return readLinks(request.Paths)
	case "reach":
		return eachCall(request)
	case "hash":
		return hashTrees(request.Paths)
	case "containers":
		return emptyForNone(findContainers()), nil
	case "processes":
		return findProcesses()
	case "layouts":
		return findLayouts()
	case "kernel-log":
		return kernelLog()
	case "mappings":
		return runningProcesses()
	case "sockets":
		return socketOwners()
	}
	return nil, &Problem{Code: codeBadRequest, Message: fmt.Sprintf("no operation is called %q", request.Op)}
}

// emptyForNone keeps a nil list from becoming JSON's null.
func emptyForNone[Item any](items []Item) []Item {
	if items == nil {
		return []Item{}
	}
	return items
}

func eachPath[Value any](paths []string, read func(string) (Value, error)) (Value, error) {
	if len(paths) != 1 {
		var none Value
		return none, &Problem{Code: codeBadRequest, Message: fmt.Sprintf("expected one path, found %d", len(paths))}
	}
	return read(paths[0])
}

// FileContent is a file's bytes in base64, or the name of the errno that stood before them.
type FileContent struct {
	Path  string `json:"path"`
	Bytes string `json:"bytes"`
	Errno string `json:"errno,omitempty"`
}

func readFiles(paths []string, limit int64) []FileContent {
	if limit <= 0 || limit > fileLimit {
		limit = fileLimit
	}
	contents := []FileContent{}
	total := 0
	for _, path := range paths {
		bytes, err := readLimited(path, limit)
		if total += len(bytes); err == nil && total > totalLimit {
			err = syscall.EFBIG
		}
		if err != nil {
			contents = append(contents, FileContent{Path: path, Errno: errnoName(err)})
			continue
		}
		contents = append(contents, FileContent{Path: path, Bytes: base64.StdEncoding.EncodeToString(bytes)})
	}
	return contents
}

func glob(pattern string) ([]string, error) {
	paths, err := filepath.Glob(pattern)
	if err != nil {
		return nil, err
	}
	if len(paths) > nameLimit {
		return nil, syscall.E2BIG
	}
	sort.Strings(paths)
	return emptyForNone(paths), nil
}

// FileStatus is lstat(2), and the flags of the mount that the name is on.
type FileStatus struct {
	Type       string   `json:"type"`
	Mode       uint32   `json:"mode"`
	UID        uint32   `json:"uid"`
	GID        uint32   `json:"gid"`
	Size       int64    `json:"size"`
	Inode      string   `json:"inode"`
	Links      uint64   `json:"links"`
	Device     *Device  `json:"device,omitempty"`
	MountFlags []string `json:"mountFlags"`
}

// Device is the number of a device node.
type Device struct {
	Major uint64 `json:"major"`
	Minor uint64 `json:"minor"`
}

var fileTypes = map[uint32]string{
	syscall.S_IFREG: "file", syscall.S_IFDIR: "directory", syscall.S_IFLNK: "symlink", syscall.S_IFCHR: "character-device",
	syscall.S_IFBLK: "block-device", syscall.S_IFIFO: "fifo", syscall.S_IFSOCK: "socket",
}

func statFile(path string) (FileStatus, error) {
	var status syscall.Stat_t
	if err := syscall.Lstat(path, &status); err != nil {
		return FileStatus{}, err
	}
	result := FileStatus{
		Type: fileTypes[status.Mode&syscall.S_IFMT], Mode: status.Mode & 0o7777, UID: status.Uid, GID: status.Gid,
		Size: status.Size, Inode: fmt.Sprint(status.Ino), Links: uint64(status.Nlink), MountFlags: []string{},
	}
	if kind := status.Mode & syscall.S_IFMT; kind == syscall.S_IFCHR || kind == syscall.S_IFBLK {
		number := uint64(status.Rdev)
		result.Device = &Device{number >> 8 & 0xfff, number&0xff | number>>12&0xfff00}
	}
	mounted := path
	if result.Type == "symlink" {
		mounted = filepath.Dir(path)
	}
	var filesystem syscall.Statfs_t
	if err := syscall.Statfs(mounted, &filesystem); err != nil {
		return FileStatus{}, err
	}
	for _, flag := range []struct {
		bit  int64
		name string
	}{{1, "ro"}, {2, "nosuid"}, {4, "nodev"}, {8, "noexec"}} {
		if filesystem.Flags&flag.bit != 0 {
			result.MountFlags = append(result.MountFlags, flag.name)
		}
	}
	return result, nil
}
