package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// Containers of the probe's own: made to allow what others must refuse, or with a root that shall mislead the runtime.

// OwnContainer is what one is started from. It stays in the guest until the guest ends.
type OwnContainer struct {
	Name string `json:"name"`
	// Spec is its config.json; the arguments of the process and the path of the root are the probe's to choose.
	Spec map[string]any `json:"spec"`
	Root []RootEntry    `json:"root"`
}

// RootEntry is a name in the container's root: a link where it has a target, else a directory, or a file.
type RootEntry struct {
	Path    string  `json:"path"`
	Link    string  `json:"link,omitempty"`
	Content *string `json:"content,omitempty"`
}

// Started says whether the runtime has started a container, and if not what it said.
type Started struct {
	Started bool   `json:"started"`
	Reason  string `json:"reason,omitempty"`
}

// startOwn has runc run a container with the probe in it, which answers as those in other containers do.
func (all *containerProbes) startOwn(request Request) (Started, error) {
	own, err := decode[OwnContainer](request)
	if err != nil {
		return Started{}, err
	}
	if own.Name == "" || strings.ContainsAny(own.Name, "/. ") || own.Spec["process"] == nil {
		return Started{}, &Problem{Code: codeBadRequest, Message: "expected a name, and a spec with a process"}
	}
	probe, err := startProbe([]string{"launch-own"}, request.Args)
	if err != nil {
		return Started{}, err
	}
	if _, err := probe.ask(Request{Op: "glob", Place: "here", Paths: []string{"/"}}); err != nil {
		if state := probe.command.ProcessState; probe.hasEnded() && state.Success() {
			return Started{}, unreachable("container %s was started, and ended by itself", own.Name)
		}
		return Started{Reason: problemOf(err).Message}, nil
	}
	all.mutex.Lock()
	defer all.mutex.Unlock()
	all.probes[own.Name] = probe
	return Started{Started: true}, nil
}

// launchOwn becomes `runc run` of the container that is described in the file that it was handed.
func launchOwn([]string) error {
	if err := enterHost(false); err != nil {
		return err
	}
	runc, err := findProgram(runcProgram)
	if err != nil {
		return err
	}
	description := os.NewFile(processFd, "process")
	text, err := io.ReadAll(io.NewSectionReader(description, 0, lineLimit))
	if err != nil {
		return err
	}
	var own OwnContainer
	if err := json.Unmarshal(text, &own); err != nil {
		return err
	}
	folder, err := own.makeBundle()
	if err != nil {
		return err
	}
	if _, _, errno := syscall.Syscall(syscall.SYS_FCNTL, probeFd, syscall.F_SETFD, 0); errno != 0 {
		return os.NewSyscallError("fcntl(F_SETFD)", errno)
	}
	command := []string{runc, "--root", ownRoot, "run", "--preserve-fds", "1", "--bundle", folder, own.Name}
	return os.NewSyscallError("execve "+runc, syscall.Exec(runc, command, []string{"PATH=" + strings.Join(programFolders, ":")}))
}

// makeBundle writes the container's folder where the host can be written.
func (own OwnContainer) makeBundle() (string, error) {
	var folder string
	err := os.ErrNotExist
	for _, place := range []string{"/run", "/tmp", "/var", "/dev/shm", "/dev"} {
		folder = filepath.Join(place, "drydock-"+own.Name)
		if err = os.Mkdir(folder, 0o711); err == nil {
			break
		}
	}
	if err != nil {
		return "", err
	}
	process, is := own.Spec["process"].(map[string]any)
	if !is {
		return "", fmt.Errorf("its spec has no process")
	}
	process["args"] = []string{fmt.Sprintf("/proc/self/fd/%d", probeFd), "serve"}
	readonly := false
	if root, is := own.Spec["root"].(map[string]any); is {
		readonly, _ = root["readonly"].(bool)
	}
	own.Spec["root"] = map[string]any{"path": "rootfs", "readonly": readonly}
	spec, err := json.Marshal(own.Spec)
	if err != nil {
		return "", err
	}
	if err := os.WriteFile(filepath.Join(folder, "config.json"), spec, 0o600); err != nil {
		return "", err
	}
	root := filepath.Join(folder, "rootfs")
	if err := os.Mkdir(root, 0o755); err != nil {
		return "", err
	}
	for _, entry := range own.Root {
		if err := entry.make(root); err != nil {
			return "", err
		}
	}
	return folder, nil
}

func (entry RootEntry) make(root string) error {
	path := filepath.Join(root, entry.Path)
	switch {
	case entry.Link != "":
		return os.Symlink(entry.Link, path)
	case entry.Content != nil:
		return os.WriteFile(path, []byte(*entry.Content), 0o644)
	}
	return os.MkdirAll(path, 0o777)
}
