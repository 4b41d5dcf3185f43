package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
)

var mountFlags = map[string]uintptr{
	"ro":       syscall.MS_RDONLY,
	"nosuid":   syscall.MS_NOSUID,
	"nodev":    syscall.MS_NODEV,
	"noexec":   syscall.MS_NOEXEC,
	"relatime": syscall.MS_RELATIME,
	"rw":       0,
}

// mountAll mounts each line of an fstab: source, target, type, comma-separated options.
func mountAll(fstab string) error {
	file, err := os.Open(fstab)
	if err != nil {
		return err
	}
	defer file.Close()
	var failures []error
	for lines := bufio.NewScanner(file); lines.Scan(); {
		fields := strings.Fields(lines.Text())
		if len(fields) == 0 || strings.HasPrefix(fields[0], "#") {
			continue
		}
		if len(fields) < 4 {
			failures = append(failures, fmt.Errorf("%s: expected four fields, found %q", fstab, lines.Text()))
			continue
		}
		failures = append(failures, mountOne(fields[0], fields[1], fields[2], fields[3]))
	}
	return errors.Join(failures...)
}

func mountOne(source, target, kind, options string) error {
	flags, shared := uintptr(0), false
	var data []string
	for _, option := range strings.Split(options, ",") {
		if flag, known := mountFlags[option]; known {
			flags |= flag
		} else if option == "shared" { // a propagation, which is set by a call of its own
			shared = true
		} else {
			data = append(data, option)
		}
	}
	// Folders on the read-only root are there already; those on a tmpfs of an earlier line are not.
	if err := os.MkdirAll(target, 0o755); err != nil {
		return err
	}
	if err := syscall.Mount(source, target, kind, flags, strings.Join(data, ",")); err != nil {
		return fmt.Errorf("mount %s on %s: %w", kind, target, err)
	}
	if !shared {
		return nil
	}
	if err := syscall.Mount("", target, "", syscall.MS_SHARED, ""); err != nil {
		return fmt.Errorf("share %s: %w", target, err)
	}
	return nil
}
