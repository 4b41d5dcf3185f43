package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
)

// SocketOwner says that a process has a socket open, by the socket's inode as /proc/PID/net shows it.
type SocketOwner struct {
	Pid   int    `json:"pid"`
	Inode uint64 `json:"inode"`
}

// socketOwners lists the sockets of all processes but the probe's own; to be called on the host.
func socketOwners() ([]SocketOwner, error) {
	processes, err := findProcesses()
	if err != nil {
		return nil, err
	}
	owners := []SocketOwner{}
	for _, process := range processes {
		folder := fmt.Sprintf("/proc/%d/fd", process.Pid)
		descriptors, err := os.ReadDir(folder)
		if err != nil {
			continue // It has ended meanwhile.
		}
		for _, descriptor := range descriptors {
			target, _ := os.Readlink(folder + "/" + descriptor.Name())
			if inode, err := socketInode(target); err == nil && len(owners) < nameLimit {
				owners = append(owners, SocketOwner{process.Pid, inode})
			}
		}
	}
	return owners, nil
}

// socketInode reads a link such as `socket:[517]`.
func socketInode(target string) (uint64, error) {
	number, found := strings.CutPrefix(target, "socket:[")
	if !found {
		return 0, strconv.ErrSyntax
	}
	return strconv.ParseUint(strings.TrimSuffix(number, "]"), 10, 64)
}
