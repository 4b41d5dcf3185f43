package main

import (
	"os"
	"path/filepath"
	"syscall"
)

// overmounted is a directory that every system has and that the probe can do without.
const overmounted = "/sys"

type fileSystemArguments struct {
	Type string `json:"type"`
	// File is opened in it; the first one where none is named.
	File string `json:"file"`
}

// useFileSystem mounts one of the kernel's own file systems where only this process sees it, and opens a file of it.
func useFileSystem(arguments fileSystemArguments) Result {
	if wrong := ownMounts(); wrong != nil {
		return *wrong
	}
	if err := syscall.Mount("drydock", overmounted, arguments.Type, 0, ""); err != nil {
		return failure("mount("+arguments.Type+")", err, syscall.ENODEV)
	}
	entries, err := os.ReadDir(overmounted)
	if err != nil {
		return failure("readdir("+arguments.Type+")", err)
	}
	if len(entries) == 0 {
		return refused("readdir("+arguments.Type+")", "EMPTY", "it could be mounted, and there is nothing in it")
	}
	name := arguments.File
	if name == "" {
		name = entries[0].Name()
	}
	file, err := os.Open(filepath.Join(overmounted, name))
	if err != nil {
		return failure("open of "+name+" in "+arguments.Type, err)
	}
	file.Close()
	return allowed("opened %s in %s, which has %d entries", name, arguments.Type, len(entries))
}

// sysrqPath has its own way past the setting kernel.sysrq.
const sysrqPath = "/proc/sysrq-trigger"

// showSysrqHelp asks for the help of the magic SysRq key, which the kernel prints on its console.
func showSysrqHelp(none) Result {
	file, err := os.OpenFile(sysrqPath, os.O_WRONLY, 0)
	if noSuchPath(err) {
		return refused("open("+sysrqPath+")", "ENOENT", "the kernel has no magic SysRq key")
	}
	if err != nil {
		return failure("open("+sysrqPath+")", err)
	}
	defer file.Close()
	if _, err := file.WriteString("h"); err != nil {
		return failure("write("+sysrqPath+")", err)
	}
	return allowed("wrote h to %s", sysrqPath)
}
