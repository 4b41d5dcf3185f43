package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"sort"
	"sync"
	"time"
)

const (
	onbootFolder   = "/containers/onboot"
	servicesFolder = "/containers/services"
	logFolder      = "/run/log"
	notifySocket   = "/run/containerd-ready.sock"
	namespace      = "services.linuxkit"
)

// Emulated machines are slow: containerd needs about two seconds there.
const containerdDeadline = 120 * time.Second

// runtimeConfig is runtime.json beside a bundle's config.json.
type runtimeConfig struct {
	// Folders to make before it starts.
	Mkdir []string `json:"mkdir"`
	// The root file system is writable: an overlay of `lower` and a tmpfs, as LinuxKit has it.
	Writable bool `json:"writable"`
	// Files without which the service is not started at all.
	Requires []string `json:"requires"`
}

func bundles(folder string) ([]string, error) {
	entries, err := os.ReadDir(folder)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	var names []string
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	sort.Strings(names)
	return names, err
}

// prepare does what runtime.json asks for; the text is why the container is not to be started.
func prepare(bundle string) (string, error) {
	content, err := os.ReadFile(filepath.Join(bundle, "runtime.json"))
	if err != nil {
		return "", err
	}
	var wanted runtimeConfig
	if err := json.Unmarshal(content, &wanted); err != nil {
		return "", fmt.Errorf("%s: %w", bundle, err)
	}
	for _, folder := range wanted.Mkdir {
		if err := os.MkdirAll(folder, 0o755); err != nil {
			return "", err
		}
	}
	if wanted.Writable {
		if err := mountWritable(bundle); err != nil {
			return "", err
		}
	}
	for _, path := range wanted.Requires {
		if _, err := os.Stat(path); err != nil {
			return "no " + path, nil
		}
	}
	return "", nil
}

// mountWritable mounts an overlay over the bundle's rootfs; what is written goes to memory.
func mountWritable(bundle string) error {
	scratch := filepath.Join(bundle, "tmp")
	if err := mountOne("tmpfs", scratch, "tmpfs", "nosuid,nodev,size=10%"); err != nil {
		return err
	}
	upper, work := filepath.Join(scratch, "upper"), filepath.Join(scratch, "work")
	for _, folder := range []string{upper, work} {
		if err := os.Mkdir(folder, 0o755); err != nil {
			return err
		}
	}
	layers := fmt.Sprintf("lowerdir=%s,upperdir=%s,workdir=%s", filepath.Join(bundle, "lower"), upper, work)
	return mountOne("overlay", filepath.Join(bundle, "rootfs"), "overlay", "nosuid,nodev,"+layers)
}

// runOnboot runs the onboot containers one after another.
func runOnboot(children *children) error {
	names, err := bundles(onbootFolder)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(logFolder, "onboot"), 0o755); err != nil {
		return err
	}
	var failures []error
	for _, name := range names {
		bundle := filepath.Join(onbootFolder, name)
		say("onboot %s: from %s", name, bundle)
		if _, err := prepare(bundle); err != nil {
			failures = append(failures, err)
			continue
		}
		log := filepath.Join(logFolder, "onboot", name+".log")
		if err := children.run(log, "/usr/sbin/runc", "run", "--bundle", bundle, name); err != nil {
			failures = append(failures, fmt.Errorf("onboot %s: %w", name, err))
		}
	}
	return errors.Join(failures...)
}

// startContainerd starts containerd and waits until it says itself that it is ready (sd_notify(3)).
func startContainerd(children *children) error {
	socket, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: notifySocket, Net: "unixgram"})
	if err != nil {
		return err
	}
	defer os.Remove(notifySocket)
	defer socket.Close()
	if err := socket.SetReadDeadline(time.Now().Add(containerdDeadline)); err != nil {
		return err
	}
	log := filepath.Join(logFolder, "containerd.log")
	ended, err := children.start(log, []string{"NOTIFY_SOCKET=" + notifySocket}, "/usr/bin/containerd", "--config", "/etc/containerd/config.toml")
	if err != nil {
		return err
	}
	go func() {
		say("containerd ended: %s: %s", describe(<-ended), lastLine(log))
		socket.Close() // whoever still waits for it need not wait on
	}()
	if _, err := socket.Read(make([]byte, 256)); err != nil {
		return fmt.Errorf("wait for containerd to be ready: %w", err)
	}
	return nil
}

// startServices starts all services at once and waits until each of them runs.
func startServices(children *children) ([]string, error) {
	names, err := bundles(servicesFolder)
	if err != nil {
		return nil, err
	}
	var group sync.WaitGroup
	failures := make([]error, len(names))
	skipped := make([]bool, len(names))
	for index, name := range names {
		bundle := filepath.Join(servicesFolder, name)
		missing, err := prepare(bundle)
		failures[index], skipped[index] = err, missing != ""
		if missing != "" {
			say("service %s: not started: %s", name, missing)
		}
		if err != nil || missing != "" {
			continue
		}
		group.Add(1)
		go func() {
			defer group.Done()
			say("service %s: from %s", name, bundle)
			if err := startService(children, name, bundle); err != nil {
				failures[index] = fmt.Errorf("service %s: %w", name, err)
			}
		}()
	}
	group.Wait()
	var started []string
	for index, name := range names {
		if failures[index] == nil && !skipped[index] {
			started = append(started, name)
		}
	}
	return started, errors.Join(failures...)
}

func startService(children *children, name, bundle string) error {
	return children.run(filepath.Join(logFolder, name+".ctr.log"),
		"/usr/bin/ctr", "--namespace", namespace, "run", "--detach",
		"--log-uri", "file://"+filepath.Join(logFolder, name+".log"),
		"--config", filepath.Join(bundle, "config.json"), name)
}
