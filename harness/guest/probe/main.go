// The probe runs inside of a guest. It tries what an image promises to refuse, and reads what the image says of
// itself, in the place that it is asked to: the host, or a container as `runc exec` would enter it.
package main

import (
	"fmt"
	"os"
	"runtime"
	"syscall"
	"unsafe"
)

// The main goroutine stays on the process's first thread: namespaces and credentials are those of a thread, and
// /proc/self shows those of the first.
func init() {
	runtime.LockOSThread()
}

// programs are the ways to start the probe, by its first argument. All but the first three are started by the
// probe itself.
var programs = map[string]func(arguments []string) error{
	"hold":       hold,      // stay in memory, so that /proc/PID/exe can be started without a file
	"serve":      serve,     // answer requests from standard input until its end
	"once":       once,      // answer one request
	"child":      child,     // do one request, in this process
	"launch":     launch,    // become `runc exec` of this probe in a container
	"attend":     attend,    // what `hold` leaves running: enter the host, then be `attending`
	"attending":  attending, // answer requests from a virtio port for ever
	"holding":    holding,   // what `hold` leaves running where there is no such port
	"pause":      pause,     // do nothing, for attempts that need another process
	"hog":        hog,       // touch memory until killed
	"listen":     listen,    // be in reach of those that share a network namespace
	"launch-own": launchOwn, // become `runc run` of a container of the probe's own
}

// commandName is how the kernel lists every process of the probe.
const commandName = "drydock-probe"

func main() {
	name := [16]byte{}
	copy(name[:], commandName)
	syscall.RawSyscall(syscall.SYS_PRCTL, syscall.PR_SET_NAME, uintptr(unsafe.Pointer(&name)), 0)
	if len(os.Args) < 2 || programs[os.Args[1]] == nil {
		fmt.Fprintln(os.Stderr, "usage: probe hold PORT [FILE TO REMOVE] | serve | once")
		os.Exit(2)
	}
	if err := programs[os.Args[1]](os.Args[2:]); err != nil {
		fmt.Fprintln(os.Stderr, "probe:", err)
		os.Exit(1)
	}
}
