package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
)

// Attempts to have the kernel itself start a program, with all its rights and outside of every container. The program
// leaves a mark: a directory, so that what was started can be seen and not only what was asked for.

type markArguments struct {
	// Mark is the path of the directory as the host's pid 1 sees it.
	Mark string `json:"mark"`
}

type settingArguments struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

func settingPath(name string) string {
	return filepath.Join("/proc/sys", strings.ReplaceAll(name, ".", "/"))
}

// setSetting changes a setting of the kernel (sysctl) and leaves it so.
func setSetting(arguments settingArguments) Result {
	path := settingPath(arguments.Name)
	// With its newline, so that an empty value is written as well.
	if err := os.WriteFile(path, []byte(arguments.Value+"\n"), 0); err != nil {
		return failure("write("+path+")", err)
	}
	return allowed("set %s to %q", arguments.Name, arguments.Value)
}

// withSetting does something while a setting has another value.
func withSetting(name, value string, do func() error) Result {
	path := settingPath(name)
	before, err := os.ReadFile(path)
	if err != nil {
		return failure("read("+path+")", err)
	}
	if result := setSetting(settingArguments{name, value}); result.Outcome != "allowed" {
		return result
	}
	done := do()
	undone := os.WriteFile(path, before, 0)
	if done != nil {
		return impossible("%s was set to %q, but %v", name, value, done).undone(undone)
	}
	return allowed("set %s to %q and gave the kernel cause to use it", name, value).undone(undone)
}

// coreHelper names a program for the kernel to give core dumps to, and dumps one. The program is the one that
// crashes, which the kernel finds whatever container it is in.
func coreHelper(arguments markArguments) Result {
	return withSetting("kernel.core_pattern", "|/proc/%P/exe helper", func() error {
		err := runTiny(tinyELF{code: markCode(arguments.Mark)})
		if !endOf(err).Signaled() {
			return fmt.Errorf("the program that was to crash ended with %v", err)
		}
		return nil
	})
}

// moduleHelper names a program for the kernel to load modules with, and has an ordinary user ask for one.
func moduleHelper(request Request) (Result, error) {
	arguments, err := decode[markArguments](request)
	if err != nil {
		return Result{}, err
	}
	helper, err := tinyELF{code: markCode(arguments.Mark)}.inMemory("drydock-helper")
	if err != nil {
		return impossible("a program in memory: %v", err), nil
	}
	defer helper.Close()
	path := fmt.Sprintf("/proc/%d/fd/%d", os.Getpid(), helper.Fd())
	return withSetting("kernel.modprobe", path, func() error {
		_, err := asUser(nobody, "socket-autoload", none{})
		return err
	}), nil
}

const (
	loadedModules = "/proc/modules"
	familyCount   = 46 // NPROTO of Linux 6.12
)

// autoloadBySocket asks for a socket of every family, since the kernel asks for a module for those it lacks.
func autoloadBySocket(none) Result {
	before, err := os.ReadFile(loadedModules)
	if err != nil {
		return impossible("%v", err)
	}
	lacking := 0
	for family := range familyCount {
		fd, err := syscall.Socket(family, syscall.SOCK_DGRAM|syscall.SOCK_CLOEXEC, 0)
		if err == nil {
			syscall.Close(fd)
		} else if isErrno(err, syscall.EAFNOSUPPORT) {
			lacking++
		}
	}
	after, err := os.ReadFile(loadedModules)
	if err != nil {
		return impossible("%v", err)
	}
	if added := addedModules(string(before), string(after)); len(added) > 0 {
		return allowed("the kernel loaded %s", strings.Join(added, ", "))
	}
	return refused("socket", "EAFNOSUPPORT", "no module came for %d families that the kernel lacks", lacking)
}

// addedModules are the names that only the later of two texts of /proc/modules has.
func addedModules(before, after string) []string {
	known := map[string]bool{}
	for line := range strings.Lines(before) {
		name, _, _ := strings.Cut(line, " ")
		known[name] = true
	}
	var added []string
	for line := range strings.Lines(after) {
		if name, _, _ := strings.Cut(line, " "); !known[name] {
			added = append(added, name)
		}
	}
	return added
}

// binaryFormat has the kernel run a program of its own for files that begin with a word of its own (binfmt_misc).
func binaryFormat(none) Result {
	const registry = "/proc/sys/fs/binfmt_misc"
	const magic = "drydock!"
	if _, err := os.Stat(registry + "/register"); err != nil {
		if wrong := ownMounts(); wrong != nil {
			return *wrong
		}
		if err := syscall.Mount("drydock", registry, "binfmt_misc", 0, ""); err != nil {
			return failure("mount(binfmt_misc)", err, syscall.ENODEV)
		}
	}
	interpreter, err := tinyELF{code: exitCode}.inMemory("drydock-interpreter")
	if err != nil {
		return impossible("a program in memory: %v", err)
	}
	defer interpreter.Close()
	format := own()
	rule := fmt.Sprintf(":%s:M::%s::/proc/self/fd/%d:F", format, magic, interpreter.Fd())
	if err := os.WriteFile(registry+"/register", []byte(rule), 0); err != nil {
		return failure("write("+registry+"/register)", err)
	}
	result := runAsFormat(magic)
	return result.undone(os.WriteFile(filepath.Join(registry, format), []byte("-1"), 0))
}

func runAsFormat(magic string) Result {
	file, err := memfd("drydock-format", 0)
	if err != nil {
		return impossible("memfd_create: %v", err)
	}
	defer file.Close()
	if _, err := file.WriteString(magic); err != nil {
		return impossible("write to a memfd: %v", err)
	}
	command := exec.Command("/proc/self/fd/3")
	command.ExtraFiles = []*os.File{file}
	if err := command.Run(); err != nil {
		return impossible("the format was registered, but a file of it could not be run: %v", err)
	}
	return allowed("registered a binary format, and its interpreter was run")
}
