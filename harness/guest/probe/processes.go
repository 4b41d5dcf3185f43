package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// Process is what /proc tells of one. Capabilities are hexadecimal as the kernel writes them.
type Process struct {
	Pid             int               `json:"pid"`
	Ppid            int               `json:"ppid"`
	Comm            string            `json:"comm"`
	Exe             string            `json:"exe,omitempty"`
	Arguments       []string          `json:"arguments"`
	UID             int               `json:"uid"`
	GID             int               `json:"gid"`
	Capabilities    map[string]string `json:"capabilities"`
	Seccomp         int               `json:"seccomp"`
	NoNewPrivileges bool              `json:"noNewPrivileges"`
	Namespaces      map[string]uint64 `json:"namespaces"`
	Cgroup          string            `json:"cgroup,omitempty"`
	Root            string            `json:"root,omitempty"`
	KernelThread    bool              `json:"kernelThread"`
	Label           string            `json:"label,omitempty"`
	Container       string            `json:"container,omitempty"`
}

const argumentsLimit = 4096

// findProcesses lists all but the probe's own; to be called on the host.
func findProcesses() ([]Process, error) {
	var own syscall.Stat_t
	if err := syscall.Stat("/proc/self/exe", &own); err != nil {
		return nil, err
	}
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil, err
	}
	found := []Process{}
	hidden := map[int]bool{}
	for _, entry := range entries {
		pid, err := strconv.Atoi(entry.Name())
		if err != nil {
			continue
		}
		process, err := readProcess(pid)
		if err != nil {
			continue // It has ended meanwhile.
		}
		var program syscall.Stat_t
		if syscall.Stat(fmt.Sprintf("/proc/%d/exe", pid), &program) == nil && program.Dev == own.Dev && program.Ino == own.Ino {
			hidden[pid] = true
			continue
		}
		found = append(found, process)
	}
	return withContainers(withoutLaunchers(found, hidden)), nil
}

// withoutLaunchers leaves out the `runc exec` or `crun exec` that keeps a probe running in a container.
func withoutLaunchers(processes []Process, probes map[int]bool) []Process {
	kept := []Process{}
	for _, process := range processes {
		if probes[process.Ppid] && (filepath.Base(process.Exe) == runcProgram || filepath.Base(process.Exe) == crunProgram) {
			continue
		}
		kept = append(kept, process)
	}
	return kept
}

func readProcess(pid int) (Process, error) {
	folder := fmt.Sprintf("/proc/%d", pid)
	status, err := statusFields(folder + "/status")
	if err != nil {
		return Process{}, err
	}
	process := Process{
		Pid: pid, Comm: status["Name"], Arguments: []string{}, Namespaces: map[string]uint64{},
		NoNewPrivileges: status["NoNewPrivs"] == "1", Label: label(strconv.Itoa(pid)),
		Capabilities: map[string]string{
			"effective": status["CapEff"], "permitted": status["CapPrm"], "inheritable": status["CapInh"],
			"bounding": status["CapBnd"], "ambient": status["CapAmb"],
		},
	}
	process.Ppid, _ = strconv.Atoi(status["PPid"])
	process.Seccomp, _ = strconv.Atoi(status["Seccomp"])
	process.UID = effective(status["Uid"])
	process.GID = effective(status["Gid"])
	process.Exe, _ = os.Readlink(folder + "/exe")
	process.Root, _ = os.Readlink(folder + "/root")
	if command, err := readLimited(folder+"/cmdline", argumentsLimit); err == nil && len(command) > 0 {
		process.Arguments = strings.Split(strings.TrimSuffix(string(command), "\x00"), "\x00")
	}
	process.KernelThread = process.Exe == "" && (process.Ppid == 2 || pid == 2)
	if paths, err := cgroupPaths(strconv.Itoa(pid)); err == nil {
		process.Cgroup = paths[""]
	}
	for _, name := range []string{"cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts"} {
		if number, err := namespaceNumber(folder + "/ns/" + name); err == nil {
			process.Namespaces[name] = number
		}
	}
	return process, nil
}

// effective is the second of the four user or group numbers in a status file.
func effective(field string) int {
	numbers := strings.Fields(field)
	if len(numbers) < 2 {
		return -1
	}
	number, _ := strconv.Atoi(numbers[1])
	return number
}

func namespaceNumber(path string) (uint64, error) {
	link, err := os.Readlink(path)
	if err != nil {
		return 0, err
	}
	_, number, _ := strings.Cut(strings.TrimSuffix(link, "]"), "[")
	return strconv.ParseUint(number, 10, 64)
}

// withContainers says which container each process belongs to: it descends from the container's first process, or
// shares a namespace with it that the host does not have.
func withContainers(processes []Process) []Process {
	byPid := map[int]*Process{}
	for index := range processes {
		byPid[processes[index].Pid] = &processes[index]
	}
	for _, container := range findContainers() {
		first, running := byPid[container.Pid]
		if !running {
			continue
		}
		for index := range processes {
			process := &processes[index]
			if process == first || descends(process, first, byPid) || shares(process, first, byPid[1]) {
				process.Container = container.ID
			}
		}
	}
	return processes
}

func descends(process, ancestor *Process, byPid map[int]*Process) bool {
	for depth := 0; process != nil && depth < len(byPid); depth++ {
		if process == ancestor {
			return true
		}
		process = byPid[process.Ppid]
	}
	return false
}

func shares(process, first, host *Process) bool {
	for _, name := range []string{"mnt", "pid"} {
		number := first.Namespaces[name]
		if number != 0 && process.Namespaces[name] == number && (host == nil || host.Namespaces[name] != number) {
			return true
		}
	}
	return false
}
