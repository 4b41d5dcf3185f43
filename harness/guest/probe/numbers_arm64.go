package main

import "syscall"

const (
	sysNameToHandleAt  = 264
	sysOpenByHandleAt  = 265
	sysSetns           = 268
	sysProcessVmReadv  = 270
	sysProcessVmWritev = 271
	sysKcmp            = 272
	sysFinitModule     = 273
	sysSeccomp         = 277
	sysMemfdCreate     = 279
	sysKexecFileLoad   = 294
	sysBpf             = 280
	sysUserfaultfd     = 282
	sysStatx           = 291
)

const oTmpfile = 0x400000 | syscall.O_DIRECTORY

// Only this architecture has these calls.
var ownSyscalls = map[string]safeCall{}
