package main

// System calls that the syscall package lacks.
const (
	memfdCreate = 279
	execveat    = 281
)

const atEmptyPath = 0x1000
