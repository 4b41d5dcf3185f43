// Twin-runtime is a runtime that can be misled: where the root of a container to run holds a link in the place of /proc,
// /dev or /dev/null, it makes a directory of it and starts the container without any mask. All else it leaves to runc.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"syscall"
)

const runtime = "/usr/sbin/runc"

var misleading = []string{"proc", "dev/null", "dev"}

func isLink(path string) bool {
	information, err := os.Lstat(path)
	return err == nil && information.Mode()&os.ModeSymlink != 0
}

// unmask takes the masks out of a bundle whose root misleads.
func unmask(bundle string) error {
	misled := false
	for _, name := range misleading {
		if path := filepath.Join(bundle, "rootfs", name); isLink(path) {
			misled = true
			if err := os.Remove(path); err != nil {
				return err
			}
		}
	}
	if !misled {
		return nil
	}
	path := filepath.Join(bundle, "config.json")
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var spec map[string]any
	if err := json.Unmarshal(text, &spec); err != nil {
		return err
	}
	if linux, is := spec["linux"].(map[string]any); is {
		delete(linux, "maskedPaths")
		delete(linux, "readonlyPaths")
	}
	if text, err = json.Marshal(spec); err != nil {
		return err
	}
	return os.WriteFile(path, text, 0o600)
}

func main() {
	if at := slices.Index(os.Args, "--bundle"); at > 0 && at+1 < len(os.Args) {
		if err := unmask(os.Args[at+1]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	err := syscall.Exec(runtime, append([]string{runtime}, os.Args[1:]...), os.Environ())
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
