package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

type ptraceArguments struct {
	Pid    int    `json:"pid"`
	Target string `json:"target"`
}

// ptrace attaches to the process asked for, else to one that it starts: as its own child, or, which Yama tells
// apart, as a child of the process that starts tracer and target alike.
func ptrace(request Request) (Result, error) {
	arguments, err := decode[ptraceArguments](request)
	if err != nil {
		return Result{}, err
	}
	if arguments.Pid != 0 {
		return seize(arguments.Pid), nil
	}
	target := exec.Command("/proc/self/exe", "pause")
	target.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := target.Start(); err != nil {
		return impossible("no process to trace could be started: %v", err), nil
	}
	defer target.Wait()
	defer target.Process.Kill()
	if arguments.Target == "child" {
		return seize(target.Process.Pid), nil
	}
	encoded, err := json.Marshal(ptraceArguments{Pid: target.Process.Pid})
	if err != nil {
		return Result{}, err
	}
	return try(Request{Op: "try", Place: "here", Attempt: "@seize", Args: encoded})
}

func seizeStep(arguments ptraceArguments) Result { return seize(arguments.Pid) }

// seize does not stop the process, and the kernel lets go of it when this one ends.
func seize(pid int) Result {
	const ptraceSeize = 0x4206
	if _, _, errno := syscall.Syscall6(syscall.SYS_PTRACE, ptraceSeize, uintptr(pid), 0, 0, 0, 0); errno != 0 {
		return failure("ptrace(PTRACE_SEIZE)", errno, syscall.ENOSYS)
	}
	return allowed("traces process %d", pid).undone(nil)
}

func userns(none) Result {
	if chrooted() {
		return impossible("pid 1 runs in a changed root, where the kernel refuses user namespaces whatever the settings are")
	}
	command := exec.Command("/proc/self/exe", "pause")
	command.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWUSER, Pdeathsig: syscall.SIGKILL}
	err := command.Start()
	if err != nil {
		// ENOSPC and EUSERS: user.max_user_namespaces; EINVAL: the kernel has none.
		return failure("clone(CLONE_NEWUSER)", err, syscall.ENOSPC, syscall.EUSERS, syscall.EINVAL, syscall.ENOSYS)
	}
	command.Process.Kill()
	command.Wait()
	return allowed("started a process in a new user namespace").undone(nil)
}

// chrooted compares the root with the mount namespace's: only a root that is no mount point shows in mountinfo.
func chrooted() bool {
	_, is := mountAt("/")
	return !is
}

// outsiders are the processes that can be seen and belong to another container or to the host, by their cgroups.
func outsiders() ([]int, error) {
	own, err := cgroupPaths("self")
	if err != nil {
		return nil, err
	}
	folders, err := filepath.Glob("/proc/[0-9]*")
	if err != nil || len(folders) == 0 || len(own) == 0 {
		return nil, errors.New("/proc shows no process, or no cgroup to tell them apart by")
	}
	var found []int
	for _, folder := range folders {
		pid, err := strconv.Atoi(filepath.Base(folder))
		if err != nil {
			continue
		}
		other, err := cgroupPaths(strconv.Itoa(pid))
		if err == nil && isOutside(other, own) && !isKernelThread(pid) && !isProbe(pid) {
			found = append(found, pid)
		}
	}
	return found, nil
}

func isOutside(other, own map[string]string) bool {
	for hierarchy, path := range own {
		if !within(other[hierarchy], path) {
			return true
		}
	}
	return false
}

// within says whether a cgroup is the other or below it. One above the root of the cgroup namespace starts with /..
func within(path, folder string) bool {
	if strings.HasPrefix(path, "/..") {
		return false
	}
	return path == folder || strings.HasPrefix(path, strings.TrimSuffix(folder, "/")+"/")
}

// isProbe is true for this probe's processes elsewhere, whose programs an ordinary user cannot compare.
func isProbe(pid int) bool {
	name, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid))
	return err == nil && strings.TrimSpace(string(name)) == commandName
}

func isKernelThread(pid int) bool {
	command, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	return err == nil && len(command) == 0
}

type pidArguments struct {
	Pid int `json:"pid"`
}

func killHost(arguments pidArguments) Result {
	pids := []int{arguments.Pid}
	if arguments.Pid == 0 {
		var err error
		if pids, err = outsiders(); err != nil {
			return impossible("%v", err)
		}
	}
	last := refused("kill", "ESRCH", "no process outside can be seen")
	for _, pid := range pids {
		if err := syscall.Kill(pid, 0); err != nil {
			last = failure("kill", err, syscall.ESRCH).and("process %d", pid)
			continue
		}
		return allowed("may send signals to process %d", pid)
	}
	return last
}

// setnsHost tries the namespaces of every process outside.
func setnsHost(none) Result {
	pids, err := outsiders()
	if err != nil {
		return impossible("%v", err)
	}
	// Without a root of its own this thread could join no mount namespace; the others do not mind.
	unshared := syscall.Unshare(syscall.CLONE_FS)
	last := refused("setns", "ESRCH", "no process outside can be seen, or only such that share every namespace")
	for _, pid := range pids {
		for _, namespace := range namespaceFlags {
			path := fmt.Sprintf("/proc/%d/ns/%s", pid, namespace.name)
			if own, err := os.Readlink("/proc/self/ns/" + namespace.name); err == nil {
				if other, err := os.Readlink(path); err == nil && other == own {
					continue
				}
			}
			fd, err := syscall.Open(path, syscall.O_RDONLY|syscall.O_CLOEXEC, 0)
			if err != nil {
				last = failure("open("+path+")", err)
				continue
			}
			_, _, errno := syscall.RawSyscall(sysSetns, uintptr(fd), namespace.flag, 0)
			syscall.Close(fd)
			if errno == 0 {
				return allowed("joined %s", path).undone(nil)
			}
			if errno == syscall.EINVAL && unshared != nil {
				continue
			}
			last = failure("setns("+path+")", errno, syscall.ENOSYS)
		}
	}
	return last
}
