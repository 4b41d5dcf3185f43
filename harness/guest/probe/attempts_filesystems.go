package main

import (
	"os"
	"path/filepath"
	"syscall"
)

type fileSystemArguments struct {
	Type string `json:"type"`
	// File is opened in it; the first one where none is named.
	File string `json:"file"`
}

// useFileSystem mounts one of the kernel's own file systems and opens a file of it. It stays mounted: Linux 6.12
// crashes where a tracefs is unmounted that lockdown has kept empty.
func useFileSystem(arguments fileSystemArguments) Result {
	folder, wrong := emptyFolder()
	if wrong != nil {
		return *wrong
	}
	if err := syscall.Mount("drydock", folder, arguments.Type, 0, ""); err != nil {
		return failure("mount("+arguments.Type+")", err, syscall.ENODEV)
	}
	entries, err := os.ReadDir(folder)
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
	file, err := os.Open(filepath.Join(folder, name))
	if err != nil {
		return failure("open of "+name+" in "+arguments.Type, err)
	}
	file.Close()
	return allowed("opened %s in %s, which has %d entries", name, arguments.Type, len(entries))
}

// emptyFolder makes a directory to mount on.
func emptyFolder() (string, *Result) {
	var last error
	for _, folder := range scratchFolders {
		path := filepath.Join(folder, own())
		if last = os.Mkdir(path, 0o700); last == nil {
			return path, nil
		}
	}
	wrong := failure("mkdir", last)
	return "", &wrong
}
