package main

import (
	"encoding/binary"
	"slices"
)

const tinyMachine = 183 // EM_AARCH64

// instructions gives the bytes of 32-bit instructions.
func instructions(words ...uint32) []byte {
	var code []byte
	for _, word := range words {
		code = binary.LittleEndian.AppendUint32(code, word)
	}
	return code
}

// set is `mov x<register>, #<value>`.
func set(register, value uint32) uint32 { return 0xd2800000 | value<<5 | register }

const supervisorCall = 0xd4000001 // svc #0

// exitCode is exit(0).
var exitCode = instructions(set(0, 0), set(8, 93), supervisorCall)

// stopCode stops itself, again and again.
var stopCode = instructions(
	set(8, 172), supervisorCall, // getpid()
	set(1, 19), set(8, 129), supervisorCall, // kill(x0, SIGSTOP)
	0x14000000|(-5&0x3ffffff), // b to the beginning
)

// crashCode is an illegal instruction.
var crashCode = instructions(0) // udf #0

// markCode makes the directory and exits where it was started with arguments, and crashes where it was not.
func markCode(directory string) []byte {
	rest := slices.Concat(instructions(
		0x92800000|99<<5, // mov x0, #AT_FDCWD
		set(2, 0o777),
		set(8, 34), // SYS_mkdirat
		supervisorCall,
	), exitCode)
	code := slices.Concat(instructions(
		0xf94003e0, // ldr x0, [sp]
		0xf100041f, // cmp x0, #1
		0x54000041, // b.ne past the crash
	), crashCode, instructions(
		0x10000000|uint32(len(rest)+4)/4<<5|1, // adr x1, the path
	))
	return slices.Concat(code, rest, []byte(directory), []byte{0})
}
