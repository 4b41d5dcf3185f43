package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"os/exec"
	"slices"
	"syscall"
)

// tinyELF is an ELF program of a few machine instructions, so small that it fits anywhere.
type tinyELF struct {
	code []byte
	// movable lets the kernel choose where the program lies; else it lies at tinyBase.
	movable bool
	// loader is the path of the program that is to be started in its place, which the kernel puts beside it.
	loader string
}

const (
	tinyBase             = 0x400000
	tinyAlignment        = 0x1000
	largestPage          = 0x10000
	elfHeaderSize        = 64
	elfProgramHeaderSize = 56
	elfExecutable        = 2 // ET_EXEC
	elfShared            = 3 // ET_DYN
	segmentLoad          = 1 // PT_LOAD
	segmentInterpreter   = 3 // PT_INTERP
	readAndExecute       = 5 // PF_R and PF_X
)

type elfHeader struct {
	Identity                                         [16]byte
	Type, Machine                                    uint16
	Version                                          uint32
	Entry, ProgramHeaders, SectionHeaders            uint64
	Flags                                            uint32
	Size, ProgramHeaderSize, ProgramHeaderCount      uint16
	SectionHeaderSize, SectionHeaderCount, NameIndex uint16
}

type elfSegment struct {
	Type, Flags                                   uint32
	Offset, Address, Physical, FileSize, Size, At uint64
}

// bytes lays the file out: header, program headers, the loader's path, the code.
func (program tinyELF) bytes() []byte {
	kind, base, segmentCount := uint16(elfExecutable), uint64(tinyBase), 1
	if program.movable {
		kind, base = elfShared, 0
	}
	var path []byte
	if program.loader != "" {
		segmentCount = 2
		path = append([]byte(program.loader), 0)
	}
	pathAt := uint64(elfHeaderSize + segmentCount*elfProgramHeaderSize)
	padded := slices.Concat(path, make([]byte, -len(path)&7))
	codeAt := pathAt + uint64(len(padded))
	code := program.code
	if program.movable {
		// Linux 6.1 writes zeros behind the end of a loader, up to the end of its page, even where nothing may be written.
		code = slices.Concat(code, make([]byte, largestPage-codeAt-uint64(len(code))))
	}
	size := codeAt + uint64(len(code))

	segments := []elfSegment{{segmentLoad, readAndExecute, 0, base, base, size, size, tinyAlignment}}
	if path != nil {
		length := uint64(len(path))
		interpreter := elfSegment{segmentInterpreter, readAndExecute, pathAt, base + pathAt, base + pathAt, length, length, 1}
		segments = slices.Insert(segments, 0, interpreter)
	}
	header := elfHeader{
		Identity: [16]byte{0x7f, 'E', 'L', 'F', 2, 1, 1}, Type: kind, Machine: tinyMachine, Version: 1,
		Entry: base + codeAt, ProgramHeaders: elfHeaderSize,
		Size: elfHeaderSize, ProgramHeaderSize: elfProgramHeaderSize, ProgramHeaderCount: uint16(segmentCount),
	}
	var file bytes.Buffer
	for _, part := range []any{header, segments, padded, code} {
		binary.Write(&file, binary.LittleEndian, part)
	}
	return file.Bytes()
}

// inMemory puts the program into a memfd.
func (program tinyELF) inMemory(name string) (*os.File, error) {
	file, err := memfd(name, mfdCloexec)
	if err != nil {
		return nil, err
	}
	if _, err := file.Write(program.bytes()); err != nil {
		file.Close()
		return nil, err
	}
	return file, nil
}

// runTiny runs the program from memory, and fails where it ends in another way than by exit(0).
func runTiny(program tinyELF) error {
	file, err := program.inMemory("drydock-tiny")
	if err != nil {
		return err
	}
	defer file.Close()
	command := exec.Command("/proc/self/fd/3")
	command.ExtraFiles = []*os.File{file}
	return command.Run()
}

// endOf is how a program ended that exec.Cmd says this of; of one that did not run, no signal.
func endOf(err error) syscall.WaitStatus {
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		if status, is := exit.Sys().(syscall.WaitStatus); is {
			return status
		}
	}
	return 0
}
