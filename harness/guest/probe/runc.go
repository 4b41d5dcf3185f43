package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// Container is one that a runtime runs. Paths are the host's.
type Container struct {
	runtime     string // the program that runs it
	ID          string `json:"id"`
	Pid         int    `json:"pid"`
	Bundle      string `json:"bundle"`
	Namespace   string `json:"namespace,omitempty"`
	RuntimeRoot string `json:"runtimeRoot"`
}

// stateRoot is where a runtime keeps a folder for each container, when something starts it there.
type stateRoot struct {
	// pattern names the roots (the --root of the runtime); the last part of each is the namespace where namespaced.
	pattern    string
	namespaced bool
	runtime    string
	file       string
	read       func(path string) (Container, error)
}

const (
	runcProgram = "runc"
	crunProgram = "crun"
	ownRoot     = "/run/runc" // of containers of the probe's own
)

// stateRoots are those of containerd, Docker, Podman and the runtimes alone.
var stateRoots = []stateRoot{
	{"/run/containerd/runc/*", true, runcProgram, "state.json", readState},
	{"/run/docker/runtime-runc/*", true, runcProgram, "state.json", readState},
	{ownRoot, false, runcProgram, "state.json", readState},
	{"/var/run/runc", false, runcProgram, "state.json", readState},
	{"/run/containerd/crun/*", true, crunProgram, "status", readCrunStatus},
	{"/run/crun", false, crunProgram, "status", readCrunStatus},
}

// runcState is as much as is needed of runc's state.json.
type runcState struct {
	ID        string `json:"id"`
	Pid       int    `json:"init_process_pid"`
	StartTime uint64 `json:"init_process_start"`
	Config    struct {
		Labels []string `json:"labels"`
	} `json:"config"`
}

// findContainers lists the living containers; to be called on the host.
func findContainers() []Container {
	var found []Container
	seen := map[string]bool{}
	for _, root := range stateRoots {
		states, _ := filepath.Glob(filepath.Join(root.pattern, "*", root.file))
		for _, path := range states {
			resolved, err := filepath.EvalSymlinks(path)
			if err != nil || seen[resolved] {
				continue
			}
			seen[resolved] = true
			container, err := root.read(path)
			if err != nil {
				continue // It has ended.
			}
			container.runtime = root.runtime
			if root.namespaced {
				container.Namespace = filepath.Base(container.RuntimeRoot)
			}
			found = append(found, container)
		}
	}
	return found
}

// crunStatus is as much as is needed of crun's status file (libcrun, src/libcrun/status.c).
type crunStatus struct {
	Pid       int    `json:"pid"`
	StartTime uint64 `json:"process-start-time"`
	Bundle    string `json:"bundle"`
}

func readCrunStatus(path string) (Container, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return Container{}, err
	}
	var status crunStatus
	if err := json.Unmarshal(text, &status); err != nil {
		return Container{}, err
	}
	folder := filepath.Dir(path)
	id := filepath.Base(folder)
	if startTime(status.Pid) != status.StartTime {
		return Container{}, fmt.Errorf("container %s: its process %d has ended", id, status.Pid)
	}
	return Container{ID: id, Pid: status.Pid, Bundle: status.Bundle, RuntimeRoot: filepath.Dir(folder)}, nil
}

func readState(path string) (Container, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return Container{}, err
	}
	var state runcState
	if err := json.Unmarshal(text, &state); err != nil {
		return Container{}, err
	}
	if startTime(state.Pid) != state.StartTime {
		return Container{}, fmt.Errorf("container %s: its process %d has ended", state.ID, state.Pid)
	}
	folder := filepath.Dir(path)
	container := Container{ID: state.ID, Pid: state.Pid, RuntimeRoot: filepath.Dir(folder)}
	for _, label := range state.Config.Labels {
		if bundle, found := strings.CutPrefix(label, "bundle="); found {
			container.Bundle = bundle
		}
	}
	return container, nil
}

// startTime is when a process was started, in ticks since boot: a pid alone may be another's by now.
func startTime(pid int) uint64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	// The second field may hold blanks and parentheses of its own.
	fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
	if len(fields) < 20 {
		return 0
	}
	ticks, _ := strconv.ParseUint(fields[19], 10, 64)
	return ticks
}

// findContainer looks a container up by ID or NAMESPACE/ID.
func findContainer(name string) (Container, error) {
	var found []Container
	for _, container := range findContainers() {
		if name == container.ID || name == container.Namespace+"/"+container.ID {
			found = append(found, container)
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return Container{}, unreachable("no running container is called %q", name)
	default:
		return Container{}, unreachable("%d containers are called %q, name one as NAMESPACE/ID", len(found), name)
	}
}

const (
	probeFd   = 3 // the probe itself, which runc hands on
	processFd = 4 // an empty file for the process's description, which it does not
)

// launch becomes `runc exec`, or that of another runtime, of this probe in the container CONTAINER, as user UID without capabilities if given.
func launch(arguments []string) error {
	if len(arguments) == 0 {
		return fmt.Errorf("usage: probe launch CONTAINER [UID]")
	}
	if err := enterHost(false); err != nil {
		return err
	}
	container, err := findContainer(arguments[0])
	if err != nil {
		return err
	}
	runtime, err := findProgram(container.runtime)
	if err != nil {
		return err
	}
	description, err := processDescription(container, arguments[1:])
	if err != nil {
		return err
	}
	if _, err := os.NewFile(processFd, "process").Write(description); err != nil {
		return err
	}
	for _, fd := range []int{probeFd, processFd} {
		if _, _, errno := syscall.Syscall(syscall.SYS_FCNTL, uintptr(fd), syscall.F_SETFD, 0); errno != 0 {
			return os.NewSyscallError("fcntl(F_SETFD)", errno)
		}
	}
	command := []string{
		runtime, "--root", container.RuntimeRoot,
		"exec", "--preserve-fds", "1", "--process", fmt.Sprintf("/proc/self/fd/%d", processFd), container.ID,
	}
	return os.NewSyscallError("execve "+runtime, syscall.Exec(runtime, command, []string{"PATH=" + strings.Join(programFolders, ":")}))
}

var programFolders = []string{"/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"}

func findProgram(name string) (string, error) {
	for _, folder := range programFolders {
		path := filepath.Join(folder, name)
		if information, err := os.Stat(path); err == nil && information.Mode()&0o111 != 0 {
			return path, nil
		}
	}
	return "", unreachable("it has no program %s in %s", name, strings.Join(programFolders, ":"))
}

// processDescription is the container's own process from its config.json with the probe in place of its program, so
// that capabilities, seccomp filter, no_new_privs, security label and limits are what `runc exec` would give.
func processDescription(container Container, user []string) ([]byte, error) {
	text, err := os.ReadFile(filepath.Join(container.Bundle, "config.json"))
	if err != nil {
		return nil, unreachable("the container's description: %v", err)
	}
	var config struct {
		Process map[string]any `json:"process"`
	}
	if err := json.Unmarshal(text, &config); err != nil || config.Process == nil {
		return nil, unreachable("%s/config.json has no process (%v)", container.Bundle, err)
	}
	process := config.Process
	process["args"] = []string{fmt.Sprintf("/proc/self/fd/%d", probeFd), "serve"}
	process["terminal"] = false
	delete(process, "consoleSize")
	delete(process, "commandLine")
	if len(user) > 0 {
		uid, err := strconv.Atoi(user[0])
		if err != nil {
			return nil, err
		}
		process["user"] = map[string]any{"uid": uid, "gid": uid}
		process["capabilities"] = map[string]any{}
	}
	return json.Marshal(process)
}
