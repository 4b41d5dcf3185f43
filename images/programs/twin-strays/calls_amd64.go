package main

// System calls that the syscall package lacks.
const (
	memfdCreate = 319
	execveat    = 322
)

const atEmptyPath = 0x1000
