package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
)

// Link is where a link of /proc leads: what it says, and the id of the mount that it leads to, which no name can fake.
type Link struct {
	Path   string `json:"path"`
	Target string `json:"target,omitempty"`
	Mount  int    `json:"mount,omitempty"`
	Errno  string `json:"errno,omitempty"`
}

// readLinks reads every link that a pattern names, in the order of the patterns.
func readLinks(patterns []string) ([]Link, error) {
	links := []Link{}
	for _, pattern := range patterns {
		paths, err := glob(pattern)
		if err != nil {
			return nil, err
		}
		if len(links)+len(paths) > nameLimit {
			return nil, syscall.E2BIG
		}
		for _, path := range paths {
			link := Link{Path: path}
			if link.Target, err = os.Readlink(path); err != nil {
				link.Errno = errnoName(err)
			} else {
				link.Mount = mountOf(path)
			}
			links = append(links, link)
		}
	}
	return links, nil
}

// mountOf is the id, as mountinfo has it, of the mount that a path leads to; 0 where that cannot be told.
func mountOf(path string) int {
	fd, err := syscall.Open(path, oPath|syscall.O_CLOEXEC, 0)
	if err != nil {
		return 0
	}
	defer syscall.Close(fd)
	fields, err := statusFields(filepath.Join("/proc/self/fdinfo", fmt.Sprint(fd)))
	if err != nil {
		return 0
	}
	mount, _ := strconv.Atoi(fields["mnt_id"])
	return mount
}
