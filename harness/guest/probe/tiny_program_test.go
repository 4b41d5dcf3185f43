package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

func TestTinyProgramShouldRunFromAFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "tiny")
	if err := os.WriteFile(file, tinyELF{code: exitCode}.bytes(), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := exec.Command(file).Run(); err != nil {
		t.Errorf("expected the program to run and exit with 0, found %v", err)
	}
}

func TestTinyProgramShouldRunWhereTheKernelPutsIt(t *testing.T) {
	if err := runTiny(tinyELF{code: exitCode, movable: true}); err != nil {
		t.Errorf("expected exit code 0, found %v", err)
	}
}

func TestTinyProgramShouldEndByASignalWhereItCrashes(t *testing.T) {
	if end := endOf(runTiny(tinyELF{code: crashCode})); end.Signal() != syscall.SIGILL {
		t.Errorf("expected SIGILL, found %v", end)
	}
}

func TestMarkShouldBeLeftOnlyByAProgramThatWasGivenArguments(t *testing.T) {
	mark := filepath.Join(t.TempDir(), "mark")
	program := tinyELF{code: markCode(mark)}
	if end := endOf(runTiny(program)); end.Signal() != syscall.SIGILL {
		t.Errorf("expected a crash without arguments, found %v", end)
	}
	if _, err := os.Stat(mark); !os.IsNotExist(err) {
		t.Errorf("expected no mark of a program without arguments, found %v", err)
	}
	file := filepath.Join(t.TempDir(), "program")
	if err := os.WriteFile(file, program.bytes(), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := exec.Command(file, "helper").Run(); err != nil {
		t.Errorf("expected exit code 0, found %v", err)
	}
	if status, err := os.Stat(mark); err != nil || !status.IsDir() {
		t.Errorf("expected a directory, found %v", err)
	}
}
