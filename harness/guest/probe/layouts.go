package main

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"syscall"
)

const (
	layoutStarts = 32
	programName  = "drydock-program"
	loaderName   = "drydock-loader"
)

// Layout is where the kernel put the parts of one process: addresses as Go writes hexadecimal numbers.
type Layout struct {
	Program string `json:"program"`
	Loader  string `json:"loader"`
	Heap    string `json:"heap"`
	Stack   string `json:"stack"`
	Vdso    string `json:"vdso"`
}

// Layouts are those of many starts of one position-independent program, as the image is set up and as the program
// asks for it with ADDR_NO_RANDOMIZE.
type Layouts struct {
	PageSize int      `json:"pageSize"`
	Random   []Layout `json:"random"`
	Fixed    []Layout `json:"fixed"`
}

func findLayouts() (Layouts, error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	found := Layouts{PageSize: os.Getpagesize()}
	program, err := tinyELF{code: stopCode, movable: true, loader: "/proc/self/fd/4"}.inMemory(programName)
	if err != nil {
		return found, err
	}
	defer program.Close()
	loader, err := tinyELF{code: stopCode, movable: true}.inMemory(loaderName)
	if err != nil {
		return found, err
	}
	defer loader.Close()
	if found.Random, err = layoutsOf(layoutStarts, program, loader); err != nil {
		return found, err
	}
	before, _, errno := syscall.RawSyscall(syscall.SYS_PERSONALITY, addrNoRandomize, 0, 0)
	if errno != 0 {
		return found, os.NewSyscallError("personality", errno)
	}
	// Children inherit the personality of the thread that starts them.
	defer syscall.RawSyscall(syscall.SYS_PERSONALITY, before, 0, 0)
	found.Fixed, err = layoutsOf(2, program, loader)
	return found, err
}

func layoutsOf(count int, program, loader *os.File) ([]Layout, error) {
	var layouts []Layout
	for range count {
		command := exec.Command("/proc/self/fd/3")
		command.ExtraFiles = []*os.File{program, loader}
		command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
		if err := command.Start(); err != nil {
			return nil, err
		}
		layout, err := layoutOnceStopped(command.Process.Pid)
		command.Process.Kill()
		command.Wait()
		if err != nil {
			return nil, err
		}
		layouts = append(layouts, layout)
	}
	return layouts, nil
}

// layoutOnceStopped waits until the program runs: the kernel says that it was started before everything is mapped.
func layoutOnceStopped(pid int) (Layout, error) {
	var status syscall.WaitStatus
	if _, err := syscall.Wait4(pid, &status, syscall.WUNTRACED, nil); err != nil {
		return Layout{}, os.NewSyscallError("wait4", err)
	}
	if !status.Stopped() {
		return Layout{}, fmt.Errorf("expected the program to stop itself, it ended with %d", status)
	}
	return layoutOf(pid)
}

func layoutOf(pid int) (Layout, error) {
	maps, err := os.ReadFile(fmt.Sprintf("/proc/%d/maps", pid))
	if err != nil {
		return Layout{}, err
	}
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return Layout{}, err
	}
	return parseLayout(string(maps), string(status))
}

// Fields of /proc/PID/stat behind the name, which may contain anything: proc_pid_stat(5) counts from 1, and the name is 2.
const (
	stackField = 28 - 3
	heapField  = 47 - 3
)

func parseLayout(maps, status string) (Layout, error) {
	first := map[string]string{}
	for line := range strings.Lines(maps) {
		fields := strings.Fields(line)
		if len(fields) < 6 {
			continue
		}
		start, _, _ := strings.Cut(fields[0], "-")
		if _, known := first[fields[5]]; !known {
			first[fields[5]] = "0x" + start
		}
	}
	fields := strings.Fields(status[strings.LastIndexByte(status, ')')+1:])
	if len(fields) <= heapField {
		return Layout{}, fmt.Errorf("expected %d fields behind the name in stat, found %d", heapField+1, len(fields))
	}
	layout := Layout{
		Program: first["/memfd:"+programName], Loader: first["/memfd:"+loaderName], Vdso: first["[vdso]"],
	}
	for field, address := range map[int]*string{stackField: &layout.Stack, heapField: &layout.Heap} {
		number, err := strconv.ParseUint(fields[field], 10, 64)
		if err != nil {
			return Layout{}, err
		}
		*address = fmt.Sprintf("%#x", number)
	}
	if layout.Program == "" || layout.Loader == "" || layout.Vdso == "" || layout.Stack == "0x0" || layout.Heap == "0x0" {
		return Layout{}, fmt.Errorf("expected program, loader, heap, stack and vdso in the map, found %+v", layout)
	}
	return layout, nil
}
