package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"syscall"
)

// ownName differs between processes, whichever pid namespace they are in.
var ownName = fmt.Sprintf(".drydock-%08x", rand.Uint32())

// own is a name of the probe's own, for things that it makes.
func own() string { return ownName }

// newName is where an attempt makes something: in the path where that is a directory, else the path itself.
func newName(path string) (string, *Result) {
	information, err := os.Stat(path)
	if err == nil && information.IsDir() {
		return filepath.Join(path, own()), nil
	}
	if err == nil {
		result := impossible("%s is there already and is no directory", path)
		return "", &result
	}
	if parent, err := os.Stat(filepath.Dir(path)); err == nil && parent.IsDir() {
		return path, nil
	}
	result := impossible("there is no directory %s", filepath.Dir(path))
	return "", &result
}

// made judges a call that makes a name, which is removed again.
func made(path, call string, err error) Result {
	if err != nil {
		return failure(call, err)
	}
	return allowed("%s made %s", call, path).undone(os.Remove(path))
}

func create(arguments atPath) Result {
	path, wrong := newName(arguments.Path)
	if wrong != nil {
		return *wrong
	}
	fd, err := syscall.Open(path, syscall.O_CREAT|syscall.O_EXCL|syscall.O_WRONLY|syscall.O_CLOEXEC, 0o600)
	if err == nil {
		syscall.Close(fd)
	}
	return made(path, "open(O_CREAT)", err)
}

func tmpfile(arguments atPath) Result {
	fd, err := syscall.Open(arguments.Path, oTmpfile|syscall.O_RDWR|syscall.O_CLOEXEC, 0o600)
	if err != nil {
		return failure("open(O_TMPFILE)", err)
	}
	syscall.Close(fd)
	return allowed("open(O_TMPFILE) made a nameless file in %s", arguments.Path).undone(nil)
}

func makeDirectory(arguments atPath) Result {
	path, wrong := newName(arguments.Path)
	if wrong != nil {
		return *wrong
	}
	return made(path, "mkdir", syscall.Mkdir(path, 0o700))
}

func makeFifo(arguments atPath) Result {
	path, wrong := newName(arguments.Path)
	if wrong != nil {
		return *wrong
	}
	return made(path, "mknod(S_IFIFO)", syscall.Mknod(path, syscall.S_IFIFO|0o600, 0))
}

func symlink(arguments atPath) Result {
	path, wrong := newName(arguments.Path)
	if wrong != nil {
		return *wrong
	}
	return made(path, "symlink", syscall.Symlink("/proc/version", path))
}

// victim is a file to attack.
type victim struct {
	path string
	// The probe made it, so it goes afterwards.
	own bool
}

const searchDepth = 4

// findVictim gives the file itself; for a directory a new file in it, or where none can be made the first one there.
func findVictim(path string) (victim, *Result) {
	information, err := os.Stat(path)
	if err != nil {
		result := impossible("%v", err)
		return victim{}, &result
	}
	if information.Mode().IsRegular() {
		return victim{path: path}, nil
	}
	if !information.IsDir() {
		result := impossible("%s is neither a file nor a directory", path)
		return victim{}, &result
	}
	name := filepath.Join(path, own())
	if file, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600); err == nil {
		_, err = file.WriteString("drydock\n")
		file.Close()
		if err == nil {
			return victim{path: name, own: true}, nil
		}
		os.Remove(name)
	}
	if name := firstFile(path, searchDepth); name != "" {
		return victim{path: name}, nil
	}
	result := impossible("there is no file in %s to try it on", path)
	return victim{}, &result
}

func firstFile(folder string, depth int) string {
	entries, _ := os.ReadDir(folder)
	for _, entry := range entries {
		path := filepath.Join(folder, entry.Name())
		if information, err := entry.Info(); err == nil && entry.Type().IsRegular() && information.Size() > 0 {
			if _, mounted := mountAt(path); !mounted {
				return path
			}
		}
	}
	for _, entry := range entries {
		if depth > 0 && entry.IsDir() {
			if path := firstFile(filepath.Join(folder, entry.Name()), depth-1); path != "" {
				return path
			}
		}
	}
	return ""
}

// onVictim tries something on a file, and removes the file if the probe made it.
func onVictim(path string, attack func(path string) Result) Result {
	target, wrong := findVictim(path)
	if wrong != nil {
		return *wrong
	}
	result := attack(target.path)
	if target.own {
		if err := os.Remove(target.path); err != nil && !noSuchPath(err) {
			return result.undone(err)
		}
	}
	return result
}

func link(arguments atPath) Result {
	return onVictim(arguments.Path, func(path string) Result {
		name := filepath.Join(filepath.Dir(path), own()+"-link")
		return made(name, "link", syscall.Link(path, name))
	})
}

func rename(arguments atPath) Result {
	return onVictim(arguments.Path, func(path string) Result {
		name := filepath.Join(filepath.Dir(path), own()+"-renamed")
		if err := syscall.Rename(path, name); err != nil {
			return failure("rename", err)
		}
		return allowed("rename moved %s", path).undone(syscall.Rename(name, path))
	})
}

// unlink keeps a second link to the file, so that undoing gives back the very same one.
func unlink(arguments atPath) Result {
	return onVictim(arguments.Path, func(path string) Result {
		spare := filepath.Join(filepath.Dir(path), own()+"-spare")
		kept := syscall.Link(path, spare)
		if err := syscall.Unlink(path); err != nil {
			if kept == nil {
				os.Remove(spare)
			}
			return failure("unlink", err)
		}
		result := allowed("unlink removed %s", path)
		if kept != nil {
			return result.undone(kept)
		}
		return result.undone(syscall.Rename(spare, path))
	})
}
