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
)

const oTmpfile = 0x400000 | syscall.O_DIRECTORY

// tinyCode is exit(0) in machine code.
var tinyCode = []byte{
	0x00, 0x00, 0x80, 0xd2, // mov x0, #0
	0xa8, 0x0b, 0x80, 0xd2, // mov x8, #93
	0x01, 0x00, 0x00, 0xd4, // svc #0
}

const tinyMachine = 183 // EM_AARCH64

// Only this architecture has these calls.
var ownSyscalls = map[string]safeCall{}
