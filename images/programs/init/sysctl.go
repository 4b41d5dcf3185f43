package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// applySysctls writes each `key = value` line of a file to /proc/sys. A key with a leading `-` may be unknown to the
// kernel, as sysctl(8) has it.
func applySysctls(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	var failures []error
	for lines := bufio.NewScanner(file); lines.Scan(); {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		key, value, found := strings.Cut(line, "=")
		if !found {
			failures = append(failures, fmt.Errorf("%s: expected key = value, found %q", path, line))
			continue
		}
		key, optional := strings.CutPrefix(strings.TrimSpace(key), "-")
		target := filepath.Join("/proc/sys", filepath.FromSlash(strings.ReplaceAll(key, ".", "/")))
		// With its newline, so that an empty value is written as well.
		err := os.WriteFile(target, []byte(strings.TrimSpace(value)+"\n"), 0)
		if err != nil && !(optional && errors.Is(err, os.ErrNotExist)) {
			failures = append(failures, err)
		}
	}
	return errors.Join(failures...)
}
