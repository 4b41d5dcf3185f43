package main

import "syscall"

const (
	sysNameToHandleAt  = 303
	sysOpenByHandleAt  = 304
	sysSetns           = 308
	sysProcessVmReadv  = 310
	sysProcessVmWritev = 311
	sysKcmp            = 312
	sysFinitModule     = 313
	sysSeccomp         = 317
	sysMemfdCreate     = 319
	sysKexecFileLoad   = 320
	sysBpf             = 321
	sysUserfaultfd     = 323
	sysStatx           = 332
)

const oTmpfile = 0x400000 | syscall.O_DIRECTORY

// Only this architecture has these calls.
var ownSyscalls = map[string]safeCall{
	"iopl":   {syscall.SYS_IOPL, [6]uintptr{99}},            // EINVAL: no such level
	"ioperm": {syscall.SYS_IOPERM, [6]uintptr{^uintptr(0)}}, // EINVAL: no such port
}
