package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
)

const sector = 512

func deviceWrite(node string) Result {
	// EBUSY: CONFIG_BLK_DEV_WRITE_MOUNTED is off and it is mounted.
	fd, err := syscall.Open(node, syscall.O_RDWR|syscall.O_CLOEXEC|syscall.O_SYNC, 0)
	if err != nil {
		return failure("open(O_RDWR)", err, syscall.EBUSY)
	}
	defer syscall.Close(fd)
	first := make([]byte, sector)
	if count, err := syscall.Pread(fd, first, 0); err != nil || count != sector {
		return impossible("read of the first sector: %d bytes, %v", count, err)
	}
	if _, err := syscall.Pwrite(fd, first, 0); err != nil {
		return failure("pwrite", err)
	}
	return allowed("wrote the first sector of %s with itself", node)
}

type nodeArguments struct {
	Type      string `json:"type"`
	Major     uint32 `json:"major"`
	Minor     uint32 `json:"minor"`
	Directory string `json:"directory"`
}

// scratchFolders are where the probe looks for a place to make something, the likeliest first.
var scratchFolders = []string{"/dev", "/dev/shm", "/run", "/tmp", "/var/tmp", "/var", "/"}

func candidates(directory string) []string {
	if directory != "" {
		return []string{directory}
	}
	return scratchFolders
}

func deviceNumber(major, minor uint32) int {
	return int(minor&0xff | major<<8&0xfff00 | minor&0xfff00<<12)
}

// mknodOpen tries every directory, since a mount that is read-only or nodev says nothing about devices.
func mknodOpen(arguments nodeArguments) Result {
	kind := map[string]uint32{"block": syscall.S_IFBLK, "character": syscall.S_IFCHR}[arguments.Type]
	if kind == 0 {
		return impossible("no device is of the type %q", arguments.Type)
	}
	var answers []string
	var best Result
	for _, folder := range candidates(arguments.Directory) {
		result := openNode(folder, kind, arguments.Major, arguments.Minor)
		if result.Outcome == "allowed" {
			return result
		}
		answers = append(answers, fmt.Sprintf("%s: %s", folder, result.Errno+result.Reason))
		if best.Outcome == "" || tells(result) > tells(best) {
			best = result
		}
	}
	return best.and("%s", strings.Join(answers, ", "))
}

// tells ranks answers by how much they say of the device itself: EROFS and nodev speak of a mount only.
func tells(result Result) int {
	switch {
	case result.Outcome == "impossible":
		return 0
	case result.Errno == "EROFS":
		return 1
	case result.Errno == "EACCES":
		return 2
	case result.Call == "mknod":
		return 3
	default:
		return 4
	}
}

func openNode(folder string, kind, major, minor uint32) Result {
	path := filepath.Join(folder, own())
	if err := syscall.Mknod(path, kind|0o600, deviceNumber(major, minor)); err != nil {
		return failure("mknod", err)
	}
	fd, err := syscall.Open(path, syscall.O_RDONLY|syscall.O_CLOEXEC|syscall.O_NONBLOCK|syscall.O_NOCTTY, 0)
	if err == nil {
		syscall.Close(fd)
	}
	undone := os.Remove(path)
	if err != nil {
		// ENXIO: the kernel has no driver for it.
		return failure("open of a device node", err, syscall.ENXIO).undone(undone)
	}
	return allowed("made %s for device %d:%d and opened it", path, major, minor).undone(undone)
}

// devmemOpen makes a node where there is none: a missing node keeps nobody out who may make one.
func devmemOpen(none) Result {
	if _, err := os.Stat("/dev/mem"); err != nil {
		return mknodOpen(nodeArguments{Type: "character", Major: 1, Minor: 1})
	}
	fd, err := syscall.Open("/dev/mem", syscall.O_RDONLY|syscall.O_CLOEXEC, 0)
	if err != nil {
		return failure("open(/dev/mem)", err, syscall.ENXIO)
	}
	syscall.Close(fd)
	return allowed("opened /dev/mem for reading")
}

func execFrom(arguments inDirectory) Result {
	if status, wrong := statOf(arguments.Directory); wrong != nil {
		return *wrong
	} else if status.Mode&syscall.S_IFMT != syscall.S_IFDIR {
		return impossible("%s is no directory", arguments.Directory)
	}
	path := filepath.Join(arguments.Directory, own())
	fd, err := syscall.Open(path, syscall.O_CREAT|syscall.O_EXCL|syscall.O_WRONLY|syscall.O_CLOEXEC, 0o755)
	if err != nil {
		return failure("open(O_CREAT)", err)
	}
	_, err = syscall.Write(fd, tinyELF{code: exitCode}.bytes())
	syscall.Close(fd)
	if err != nil {
		return failure("write", err).undone(os.Remove(path))
	}
	// The mode may have lost its bits to the umask.
	if err := os.Chmod(path, 0o755); err != nil {
		return impossible("chmod: %v", err).undone(os.Remove(path))
	}
	return run(path).undone(os.Remove(path))
}

func execMemfd(none) Result {
	file, err := memfd("drydock-tiny", mfdCloexec)
	if err != nil {
		return failure("memfd_create", err, syscall.ENOSYS)
	}
	defer file.Close()
	if _, err := file.Write(tinyELF{code: exitCode}.bytes()); err != nil {
		return impossible("write to a memfd: %v", err)
	}
	return run("/proc/self/fd/3", file)
}

// run starts a program, with files from descriptor 3 on.
func run(path string, files ...*os.File) Result {
	command := exec.Command(path)
	command.ExtraFiles = files
	err := command.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return impossible("the program was started and ended with %v", exit)
	}
	if err != nil {
		return failure("execve", err)
	}
	return allowed("ran %s", path)
}
