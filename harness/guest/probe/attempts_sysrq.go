package main

import "os"

// sysrqPath has its own way past the setting kernel.sysrq.
const sysrqPath = "/proc/sysrq-trigger"

type sysrqArguments struct {
	Key string `json:"key"`
}

// pressSysrq presses a key as if the magic SysRq key were held. What the kernel says to it goes to its console.
func pressSysrq(arguments sysrqArguments) Result {
	if len(arguments.Key) != 1 {
		return impossible("%q is not one key", arguments.Key)
	}
	file, err := os.OpenFile(sysrqPath, os.O_WRONLY, 0)
	if noSuchPath(err) {
		return refused("open("+sysrqPath+")", "ENOENT", "the kernel has no magic SysRq key")
	}
	if err != nil {
		return failure("open("+sysrqPath+")", err)
	}
	defer file.Close()
	if _, err := file.WriteString(arguments.Key); err != nil {
		return failure("write("+sysrqPath+")", err)
	}
	return allowed("wrote %s to %s", arguments.Key, sysrqPath)
}
