package main

import (
	"encoding/binary"
	"slices"
)

const tinyMachine = 62 // EM_X86_64

// exitCode is exit(0).
var exitCode = []byte{
	0x31, 0xff, // xor edi, edi
	0xb8, 0x3c, 0x00, 0x00, 0x00, // mov eax, SYS_exit
	0x0f, 0x05, // syscall
}

// stopCode stops itself, again and again.
var stopCode = []byte{
	0xb8, 0x27, 0x00, 0x00, 0x00, // mov eax, SYS_getpid
	0x0f, 0x05, // syscall
	0x89, 0xc7, // mov edi, eax
	0xbe, 0x13, 0x00, 0x00, 0x00, // mov esi, SIGSTOP
	0xb8, 0x3e, 0x00, 0x00, 0x00, // mov eax, SYS_kill
	0x0f, 0x05, // syscall
	0xeb, 0xe9, // jmp to the beginning
}

// crashCode is an illegal instruction.
var crashCode = []byte{0x0f, 0x0b} // ud2

// markCode makes the directory and exits where it was started with arguments, and crashes where it was not.
func markCode(directory string) []byte {
	code := slices.Concat(
		[]byte{0x48, 0x83, 0x3c, 0x24, 0x01}, // cmp qword [rsp], 1
		[]byte{0x75, byte(len(crashCode))},   // jne past the crash
		crashCode,
		[]byte{0x48, 0x8d, 0x3d, 0, 0, 0, 0}, // lea rdi, [rip + the distance to the path]
	)
	rest := slices.Concat(
		[]byte{0xbe, 0xff, 0x01, 0x00, 0x00}, // mov esi, 0777
		[]byte{0xb8, 0x53, 0x00, 0x00, 0x00}, // mov eax, SYS_mkdir
		[]byte{0x0f, 0x05},                   // syscall
		exitCode,
	)
	binary.LittleEndian.PutUint32(code[len(code)-4:], uint32(len(rest)))
	return slices.Concat(code, rest, []byte(directory), []byte{0})
}

// vsyscallCode calls gettimeofday(NULL, NULL) at its fixed address and exits.
var vsyscallCode = slices.Concat([]byte{
	0x31, 0xff, // xor edi, edi
	0x31, 0xf6, // xor esi, esi
	0x48, 0xc7, 0xc0, 0x00, 0x00, 0x60, 0xff, // mov rax, 0xffffffffff600000
	0xff, 0xd0, // call rax
}, exitCode)
