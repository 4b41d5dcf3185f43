package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// hashTrees describes everything below the paths in one line each, without crossing into other mounts.
func hashTrees(roots []string) (map[string]string, error) {
	mounts, err := readMounts()
	if err != nil {
		return nil, err
	}
	mountPoints := map[string]bool{}
	for _, mount := range mounts {
		mountPoints[mount.Path] = true
	}
	lines := map[string]string{}
	for _, root := range roots {
		err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
			if err != nil {
				lines[path] = "unreadable " + errnoName(err)
				return nil
			}
			if path != root && entry.IsDir() && mountPoints[path] {
				return fs.SkipDir
			}
			if len(lines) >= nameLimit {
				return syscall.E2BIG
			}
			lines[path] = describe(path)
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return lines, nil
}

// describe is mode, owner, type and content of one name.
func describe(path string) string {
	var status syscall.Stat_t
	if err := syscall.Lstat(path, &status); err != nil {
		return "unreadable " + errnoName(err)
	}
	kind := fileTypes[status.Mode&syscall.S_IFMT]
	line := fmt.Sprintf("%04o %d:%d %s", status.Mode&0o7777, status.Uid, status.Gid, kind)
	switch kind {
	case "file":
		digest, err := hashFile(path)
		if err != nil {
			return line + " unreadable " + errnoName(err)
		}
		return line + " " + digest
	case "symlink":
		target, err := os.Readlink(path)
		if err != nil {
			return line + " unreadable " + errnoName(err)
		}
		return line + " " + target
	case "character-device", "block-device":
		return fmt.Sprintf("%s %d", line, status.Rdev)
	}
	return line
}

func hashFile(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	digest, err := hashOpen(file)
	return hex.EncodeToString(digest), err
}

func hashOpen(file *os.File) ([]byte, error) {
	digest := sha256.New()
	if _, err := io.Copy(digest, file); err != nil {
		return nil, err
	}
	return digest.Sum(nil), nil
}
