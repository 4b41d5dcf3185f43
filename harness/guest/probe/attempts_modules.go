package main

import (
	"bytes"
	"debug/elf"
	"encoding/base64"
	"os"
	"strings"
	"syscall"
	"unsafe"
)

type moduleArguments struct {
	Path  string `json:"path"`
	Bytes string `json:"bytes"`
}

// A module's signature is looked at before all else, so these say that the module may not be loaded.
var moduleRefusals = []syscall.Errno{
	syscall.EKEYREJECTED, syscall.ENOKEY, syscall.EKEYEXPIRED, syscall.EKEYREVOKED, syscall.EBADMSG, syscall.ENOPKG, syscall.ENOSYS,
}

const compressedModule = 4 // MODULE_INIT_COMPRESSED_FILE

func loadModule(arguments moduleArguments) Result {
	module, err := base64.StdEncoding.DecodeString(arguments.Bytes)
	if err != nil {
		return impossible("the module's base64: %v", err)
	}
	if arguments.Path != "" {
		return loadModuleFile(arguments.Path)
	}
	if len(module) == 0 {
		return impossible("neither a path nor bytes of a module were given")
	}
	empty := [1]byte{}
	_, _, errno := syscall.Syscall(syscall.SYS_INIT_MODULE, uintptr(unsafe.Pointer(&module[0])), uintptr(len(module)), uintptr(unsafe.Pointer(&empty)))
	return loaded("init_module", module, errno)
}

func loadModuleFile(path string) Result {
	file, err := os.Open(path)
	if err != nil {
		return impossible("%v", err)
	}
	defer file.Close()
	flags := uintptr(0)
	if !strings.HasSuffix(path, ".ko") {
		flags = compressedModule
	}
	empty := [1]byte{}
	_, _, errno := syscall.Syscall(sysFinitModule, file.Fd(), uintptr(unsafe.Pointer(&empty)), flags)
	if flags != 0 {
		name, _, _ := strings.Cut(path[strings.LastIndexByte(path, '/')+1:], ".")
		return loadedAs("finit_module", strings.ReplaceAll(name, "-", "_"), errno)
	}
	module, err := os.ReadFile(path)
	if err != nil {
		return impossible("%v", err)
	}
	return loaded("finit_module", module, errno)
}

func loaded(call string, module []byte, errno syscall.Errno) Result {
	return loadedAs(call, moduleName(module), errno)
}

func loadedAs(call, name string, errno syscall.Errno) Result {
	if errno == syscall.EEXIST {
		return allowed("%s read the module %s, which is loaded already", call, name)
	}
	if errno != 0 {
		return failure(call, errno, moduleRefusals...)
	}
	result := allowed("%s loaded the module %s", call, name)
	pointer, err := syscall.BytePtrFromString(name)
	if err != nil {
		return result.undone(err)
	}
	if _, _, errno := syscall.Syscall(syscall.SYS_DELETE_MODULE, uintptr(unsafe.Pointer(pointer)), syscall.O_NONBLOCK, 0); errno != 0 {
		return result.undone(os.NewSyscallError("delete_module", errno))
	}
	return result.undone(nil)
}

// moduleName reads a module's own name from its .modinfo section.
func moduleName(module []byte) string {
	file, err := elf.NewFile(bytes.NewReader(module))
	if err != nil {
		return ""
	}
	section := file.Section(".modinfo")
	if section == nil {
		return ""
	}
	information, err := section.Data()
	if err != nil {
		return ""
	}
	for field := range strings.SplitSeq(string(information), "\x00") {
		if name, found := strings.CutPrefix(field, "name="); found {
			return name
		}
	}
	return ""
}
