package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// The kernel's own number for the first pid namespace (PROC_PID_INIT_INO).
const firstPidNamespace = "pid:[4026531836]"

var namespaceFlags = []struct {
	name string
	flag uintptr
}{
	{"cgroup", syscall.CLONE_NEWCGROUP},
	{"ipc", syscall.CLONE_NEWIPC},
	{"uts", syscall.CLONE_NEWUTS},
	{"net", syscall.CLONE_NEWNET},
	{"mnt", syscall.CLONE_NEWNS},
}

func unreachable(format string, values ...any) error {
	return &Problem{Code: codeUnreachable, Message: "the host cannot be reached: " + fmt.Sprintf(format, values...)}
}

// enterHost puts this thread, which is the main one, into the namespaces, root and cgroup of pid 1. It refuses where
// an attempt would then still be held back by something that does not hold pid 1 back.
func enterHost(needCgroup bool) error {
	if pidNamespace, err := os.Readlink("/proc/self/ns/pid"); err != nil || pidNamespace != firstPidNamespace {
		return unreachable("the shell is in a pid namespace of its own (%s)", pidNamespace)
	}
	if err := sameConfinement(); err != nil {
		return err
	}
	root, err := syscall.Open("/proc/1/root", oPath|syscall.O_DIRECTORY|syscall.O_CLOEXEC, 0)
	if err != nil {
		return unreachable("open /proc/1/root: %v", err)
	}
	defer syscall.Close(root)
	namespaces, err := otherNamespaces()
	if err != nil {
		return err
	}
	// A mount namespace can only be joined by a thread that shares its root and directory with no other.
	if err := syscall.Unshare(syscall.CLONE_FS); err != nil {
		return unreachable("unshare(CLONE_FS): %v", err)
	}
	for _, namespace := range namespaces {
		if _, _, errno := syscall.RawSyscall(sysSetns, uintptr(namespace.fd), namespace.flag, 0); errno != 0 {
			return unreachable("setns(%s): %v", namespace.name, errno)
		}
		syscall.Close(namespace.fd)
	}
	if err := enterRoot(root); err != nil {
		return err
	}
	if err := joinCgroup(); err != nil && needCgroup {
		return unreachable("its cgroup cannot be joined: %v", err)
	}
	return nil
}

type openNamespace struct {
	name string
	flag uintptr
	fd   int
}

// otherNamespaces opens those namespaces of pid 1 that differ from this process's.
func otherNamespaces() ([]openNamespace, error) {
	var opened []openNamespace
	for _, namespace := range namespaceFlags {
		own, _ := os.Readlink("/proc/self/ns/" + namespace.name)
		host, err := os.Readlink("/proc/1/ns/" + namespace.name)
		if os.IsNotExist(err) || err == nil && own == host {
			continue
		}
		fd, err := syscall.Open("/proc/1/ns/"+namespace.name, syscall.O_RDONLY|syscall.O_CLOEXEC, 0)
		if err != nil {
			return nil, unreachable("open /proc/1/ns/%s: %v", namespace.name, err)
		}
		opened = append(opened, openNamespace{namespace.name, namespace.flag, fd})
	}
	return opened, nil
}

// enterRoot changes to the root directory of pid 1, unless it is there already: a process that changed its root
// is refused user namespaces, which would be the probe's fault and not the image's doing.
func enterRoot(root int) error {
	var want, have syscall.Stat_t
	if err := syscall.Fstat(root, &want); err != nil {
		return unreachable("stat of its root: %v", err)
	}
	if err := syscall.Stat("/", &have); err != nil {
		return unreachable("stat of /: %v", err)
	}
	if want.Dev == have.Dev && want.Ino == have.Ino {
		return syscall.Chdir("/")
	}
	if err := syscall.Fchdir(root); err != nil {
		return unreachable("fchdir to its root: %v", err)
	}
	if err := syscall.Chroot("."); err != nil {
		return unreachable("chroot to its root: %v", err)
	}
	return nil
}

// sameConfinement compares what no process can take off itself.
func sameConfinement() error {
	own, err := statusFields("/proc/self/status")
	if err != nil {
		return err
	}
	host, err := statusFields("/proc/1/status")
	if err != nil {
		return err
	}
	if own["Seccomp"] != host["Seccomp"] {
		return unreachable("the shell is under a seccomp filter that pid 1 is not under")
	}
	ownCaps, _ := strconv.ParseUint(own["CapEff"], 16, 64)
	hostCaps, _ := strconv.ParseUint(host["CapEff"], 16, 64)
	if missing := hostCaps &^ ownCaps; missing != 0 {
		return unreachable("the shell lacks capabilities that pid 1 has (mask %x)", missing)
	}
	ownUser, _ := os.Readlink("/proc/self/ns/user")
	hostUser, _ := os.Readlink("/proc/1/ns/user")
	if ownUser != hostUser {
		return unreachable("the shell is in a user namespace of its own")
	}
	if own, host := label("self"), label("1"); own != host {
		return unreachable("the shell has the security label %q, pid 1 has %q", own, host)
	}
	return nil
}

// label is a process's AppArmor profile or SELinux label, "" where there is none.
func label(pid string) string {
	value, err := os.ReadFile("/proc/" + pid + "/attr/current")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(bytes.TrimRight(value, "\x00\n")))
}

// statusFields reads the lines of a status file as a map.
func statusFields(path string) (map[string]string, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	fields := map[string]string{}
	for line := range strings.SplitSeq(string(text), "\n") {
		if name, value, found := strings.Cut(line, ":"); found {
			fields[name] = strings.TrimSpace(value)
		}
	}
	return fields, nil
}

// joinCgroup moves this process into the cgroup of pid 1 in every hierarchy: device access and limits hang on it.
func joinCgroup() error {
	own, err := cgroupPaths("self")
	if err != nil {
		return err
	}
	host, err := cgroupPaths("1")
	if err != nil {
		return err
	}
	mounts, err := readMounts()
	if err != nil {
		return err
	}
	for controllers, path := range host {
		if own[controllers] == path {
			continue
		}
		folder, found := cgroupFolder(mounts, controllers)
		if !found {
			return fmt.Errorf("no mount of the cgroup hierarchy %q", controllers)
		}
		file := filepath.Join(folder, path, "cgroup.procs")
		if err := os.WriteFile(file, []byte(strconv.Itoa(os.Getpid())), 0); err != nil {
			return err
		}
	}
	return nil
}

// cgroupPaths gives a process's cgroup by its hierarchy's controllers, which are "" for cgroup v2.
func cgroupPaths(pid string) (map[string]string, error) {
	text, err := os.ReadFile("/proc/" + pid + "/cgroup")
	if err != nil {
		return nil, err
	}
	paths := map[string]string{}
	for line := range strings.SplitSeq(strings.TrimSpace(string(text)), "\n") {
		if parts := strings.SplitN(line, ":", 3); len(parts) == 3 {
			paths[parts[1]] = parts[2]
		}
	}
	return paths, nil
}

func cgroupFolder(mounts []Mount, controllers string) (string, bool) {
	for _, mount := range mounts {
		if controllers == "" && mount.FsType == "cgroup2" {
			return mount.Path, true
		}
		if controllers == "" || mount.FsType != "cgroup" {
			continue
		}
		if strings.HasSuffix(","+mount.SuperOptions, ","+strings.TrimPrefix(controllers, "name=")) || strings.Contains(","+mount.SuperOptions+",", ","+controllers+",") {
			return mount.Path, true
		}
	}
	return "", false
}
