// Twin-strays is /init of the twin with processes that no reviewed image has. It enters the root as enter-root does,
// and first starts a C daemon in the host's namespaces whose addresses are not random, a program from memory, and a
// program that is none of the image, from a tmpfs.
package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"unsafe"

	"drydock.test/images/internal/console"
	"drydock.test/images/internal/module"
	"drydock.test/images/internal/rootfs"
)

const (
	root    = "/root"
	files   = root + "/containers/services/sshd/rootfs" // whose BusyBox is the one C program that can be anything
	busybox = "/usr/bin/busybox"
	forEver = "2147483647"
)

// Roots, mount namespaces and personalities are those of a thread.
func init() { runtime.LockOSThread() }

func main() {
	// The kernel hands on what it does not know of its command line.
	if name := os.Args[len(os.Args)-1]; strays[name] != nil {
		console.Log("twin-strays", "%s: %v", name, strays[name]())
		os.Exit(1)
	}
	console.Log("twin-strays", "%v", enter())
	os.Exit(1) // the kernel panics, as it should without a root
}

func enter() error {
	for _, folder := range []string{"/dev", root} {
		if err := os.MkdirAll(folder, 0o755); err != nil {
			return err
		}
	}
	if err := syscall.Mount("dev", "/dev", "devtmpfs", syscall.MS_NOSUID|syscall.MS_NOEXEC, ""); err != nil {
		return fmt.Errorf("mount /dev: %w", err)
	}
	if err := module.LoadAll("/modules"); err != nil {
		return err
	}
	if err := rootfs.Mount(root); err != nil {
		return err
	}
	for name := range strays {
		if err := start(name); err != nil {
			return fmt.Errorf("start %s: %w", name, err)
		}
	}
	return rootfs.Enter(root)
}

var strays = map[string]func() error{"daemon": daemon, "memory": fromMemory, "altered": altered}

// start waits until the process has become another program: what it needs is about to go.
func start(name string) error {
	reader, writer, err := os.Pipe()
	if err != nil {
		return err
	}
	defer reader.Close()
	command := exec.Command("/init", name)
	command.Stdout, command.Stderr = os.Stdout, os.Stderr
	command.ExtraFiles = []*os.File{writer}
	if err := command.Start(); err != nil {
		return err
	}
	writer.Close()
	reader.Read(make([]byte, 1)) // its end is closed when it runs the other program
	return nil
}

// inContainer makes the files of the container the root, and nothing else of it.
func inContainer() error {
	syscall.CloseOnExec(3)
	if err := syscall.Chroot(files); err != nil {
		return err
	}
	return os.Chdir("/")
}

const addrNoRandomize = 0x0040000

// daemon listens on a port, as root in the namespaces of the host.
func daemon() error {
	if err := inContainer(); err != nil {
		return err
	}
	if _, _, errno := syscall.RawSyscall(syscall.SYS_PERSONALITY, addrNoRandomize, 0, 0); errno != 0 {
		return errno
	}
	return syscall.Exec(busybox, []string{"httpd", "-f", "-p", "8081", "-h", "/etc"}, nil)
}

// fromMemory runs a program of the image, from a file that has no name.
func fromMemory() error {
	if err := inContainer(); err != nil {
		return err
	}
	program, err := os.ReadFile(busybox)
	if err != nil {
		return err
	}
	name := []byte("stray\x00")
	fd, _, errno := syscall.Syscall(memfdCreate, uintptr(unsafe.Pointer(&name[0])), 0, 0)
	if errno != 0 {
		return os.NewSyscallError("memfd_create", errno)
	}
	if _, err := os.NewFile(fd, "stray").Write(program); err != nil {
		return err
	}
	return execFile(fd, "sleep", forEver)
}

// execFile becomes the program that is open, with execveat(2): there is no /proc here.
func execFile(fd uintptr, arguments ...string) error {
	argv, err := syscall.SlicePtrFromStrings(arguments)
	if err != nil {
		return err
	}
	empty, environment := [1]byte{}, [1]*byte{}
	_, _, errno := syscall.RawSyscall6(execveat, fd, uintptr(unsafe.Pointer(&empty)), uintptr(unsafe.Pointer(&argv[0])),
		uintptr(unsafe.Pointer(&environment)), atEmptyPath, 0)
	return os.NewSyscallError("execveat", errno)
}

// altered runs what is no program of the image, from a place that can be written to.
func altered() error {
	if err := syscall.Unshare(syscall.CLONE_NEWNS); err != nil {
		return err
	}
	if err := inContainer(); err != nil {
		return err
	}
	if err := syscall.Mount("stray", "/tmp", "tmpfs", 0, "mode=755"); err != nil {
		return err
	}
	program, err := os.ReadFile(busybox)
	if err != nil {
		return err
	}
	// Behind its end nothing of it is looked at, so that it still runs.
	content := bytes.Join([][]byte{program, []byte("altered\n")}, nil)
	if err := os.WriteFile("/tmp/altered", content, 0o755); err != nil {
		return err
	}
	return syscall.Exec("/tmp/altered", []string{"sleep", forEver}, nil)
}
