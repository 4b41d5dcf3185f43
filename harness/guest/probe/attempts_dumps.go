package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
)

const coreLimit = 4 // RLIMIT_CORE

type crashArguments struct {
	Program   string `json:"program"`
	Directory string `json:"directory"`
}

// dumpSetuid has an ordinary user start a program that runs as its owner, root, and crashes in a directory that the
// user can read: a dump of its memory there would be his.
func dumpSetuid(request Request) (Result, error) {
	if _, err := decode[none](request); err != nil {
		return Result{}, err
	}
	folder, wrong := emptyFolder()
	if wrong != nil {
		return *wrong, nil
	}
	if wrong := ownMounts(); wrong != nil {
		return *wrong, nil
	}
	if err := syscall.Mount("drydock", folder, "tmpfs", 0, "size=16m,mode=755"); err != nil {
		return failure("mount(tmpfs)", err), nil
	}
	defer os.Remove(folder)
	step := crashArguments{filepath.Join(folder, "program"), filepath.Join(folder, "dumps")}
	if err := prepareCrash(step); err != nil {
		return impossible("a setuid program: %v", err), nil
	}
	return asUser(attackerOf(request), "@crash", step)
}

func prepareCrash(step crashArguments) error {
	unlimited := syscall.Rlimit{Cur: ^uint64(0), Max: ^uint64(0)}
	if err := syscall.Setrlimit(coreLimit, &unlimited); err != nil {
		return err
	}
	if err := os.WriteFile(step.Program, tinyELF{code: crashCode}.bytes(), 0o755); err != nil {
		return err
	}
	if err := os.Chmod(step.Program, 0o755|os.ModeSetuid); err != nil {
		return err
	}
	if err := os.Mkdir(step.Directory, 0o777); err != nil {
		return err
	}
	return os.Chmod(step.Directory, 0o777)
}

func crashStep(arguments crashArguments) Result {
	command := exec.Command(arguments.Program)
	command.Dir = arguments.Directory
	end := endOf(command.Run())
	if !end.Signaled() {
		return impossible("the program that was to crash ended with %d", end)
	}
	if !end.CoreDump() {
		return refused("dump of a setuid program", "NOT_DUMPABLE", "it crashed by %v", end.Signal())
	}
	return allowed("the kernel dumped a setuid program that crashed by %v", end.Signal())
}
