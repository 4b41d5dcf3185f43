package main

import (
	"cmp"
	"encoding/hex"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"unsafe"
)

// RunningProcess is where a process keeps what it runs. Personality is hexadecimal, "" where the kernel does not tell
// (it takes the right to trace the process, which Yama can take from everybody).
type RunningProcess struct {
	Pid         int       `json:"pid"`
	Personality string    `json:"personality,omitempty"`
	Mappings    []Mapping `json:"mappings"`
}

// Mapping is memory that may be run; Start is "exe" for what /proc/PID/exe names.
type Mapping struct {
	Start       string      `json:"start"`
	Permissions string      `json:"permissions"`
	Name        string      `json:"name"`
	File        *MappedFile `json:"file,omitempty"`
	Errno       string      `json:"errno,omitempty"` // why there is no file
}

// MappedFile is the file behind a mapping, whatever its name leads to by now.
type MappedFile struct {
	Size    int64  `json:"size"`
	Links   uint64 `json:"links"` // 0 where it has no name any more, or never had one
	Sha256  string `json:"sha256"`
	Mount   string `json:"mount,omitempty"` // "" where it is on no mount that the process or the host can see
	Mounted string `json:"mounted,omitempty"`
	// Whether both its mount and its file system can be written.
	Writable bool `json:"writable"`
}

// runningProcesses looks at all but the probe's own; to be called on the host.
func runningProcesses() ([]RunningProcess, error) {
	processes, err := findProcesses()
	if err != nil {
		return nil, err
	}
	seen := hashedFiles{}
	found := []RunningProcess{}
	for _, process := range processes {
		if process.KernelThread {
			continue
		}
		if running, err := seen.processOf(process.Pid); err == nil {
			found = append(found, running)
		} else if !isErrno(err, syscall.ESRCH, syscall.ENOENT) { // It has ended meanwhile.
			return nil, fmt.Errorf("process %d: %w", process.Pid, err)
		}
	}
	return found, nil
}

// hashedFiles are the hashes of files by device and inode, since processes share most of theirs.
type hashedFiles map[[2]uint64]string

func (seen hashedFiles) processOf(pid int) (RunningProcess, error) {
	folder := fmt.Sprintf("/proc/%d", pid)
	maps, err := os.ReadFile(folder + "/maps")
	if err != nil {
		return RunningProcess{}, err
	}
	mounts, err := mountsSeenBy(pid)
	if err != nil {
		return RunningProcess{}, err
	}
	process := RunningProcess{Pid: pid, Mappings: []Mapping{}}
	if personality, err := os.ReadFile(folder + "/personality"); err == nil {
		process.Personality = strings.TrimSpace(string(personality))
	}
	program := Mapping{Start: "exe", Permissions: "r-xp"}
	program.Name, _ = os.Readlink(folder + "/exe")
	process.Mappings = append(process.Mappings, seen.withFile(program, folder+"/exe", mounts))
	for _, mapping := range executable(string(maps)) {
		if mapping.area != "" {
			mapping.Mapping = seen.withFile(mapping.Mapping, folder+"/map_files/"+mapping.area, mounts)
		}
		process.Mappings = append(process.Mappings, mapping.Mapping)
	}
	return process, nil
}

type mappedArea struct {
	Mapping
	area string // its name in map_files, "" where no file is mapped
}

// executable reads maps (proc_pid_maps(5)); lines that are not of its form are left out.
func executable(maps string) []mappedArea {
	var found []mappedArea
	for line := range strings.SplitSeq(maps, "\n") {
		fields := strings.Fields(line)
		if len(fields) < 5 || len(fields[1]) != 4 || fields[1][2] != 'x' {
			continue
		}
		start, end, ranged := strings.Cut(fields[0], "-")
		if !ranged {
			continue
		}
		area := mappedArea{Mapping: Mapping{Start: start, Permissions: fields[1]}}
		if len(fields) > 5 {
			// The name may hold blanks, and follows the inode after blanks of which there may be many.
			area.Name = strings.TrimLeft(line[strings.Index(line, " "+fields[4]+" ")+len(fields[4])+2:], " ")
		}
		if fields[4] != "0" {
			area.area = cmp.Or(strings.TrimLeft(start, "0"), "0") + "-" + strings.TrimLeft(end, "0") // map_files does not pad
		}
		found = append(found, area)
	}
	return found
}

func (seen hashedFiles) withFile(mapping Mapping, path string, mounts map[uint64]Mount) Mapping {
	file, err := seen.describe(path, mounts)
	if err != nil {
		mapping.Errno = errnoName(err)
		return mapping
	}
	mapping.File = &file
	return mapping
}

func (seen hashedFiles) describe(path string, mounts map[uint64]Mount) (MappedFile, error) {
	opened, err := os.Open(path)
	if err != nil {
		return MappedFile{}, err
	}
	defer opened.Close()
	var status syscall.Stat_t
	if err := syscall.Fstat(int(opened.Fd()), &status); err != nil {
		return MappedFile{}, err
	}
	file := MappedFile{Size: status.Size, Links: uint64(status.Nlink)}
	key := [2]uint64{uint64(status.Dev), status.Ino}
	if file.Sha256 = seen[key]; file.Sha256 == "" {
		digest, err := hashOpen(opened)
		if err != nil {
			return MappedFile{}, err
		}
		file.Sha256 = hex.EncodeToString(digest)
		seen[key] = file.Sha256
	}
	id, err := mountID(int(opened.Fd()))
	if err != nil {
		return MappedFile{}, err
	}
	if mount, visible := mounts[id]; visible {
		file.Mount, file.Mounted = mount.Path, mount.FsType
		file.Writable = hasOption(mount.Options, "rw") && hasOption(mount.SuperOptions, "rw")
	}
	return file, nil
}

// mountID is the number that mountinfo has for the mount of an open file: statx(2), since Linux 5.8.
func mountID(fd int) (uint64, error) {
	var status [256]byte
	empty := [1]byte{}
	_, _, errno := syscall.Syscall6(sysStatx, uintptr(fd), uintptr(unsafe.Pointer(&empty)), atEmptyPath, statxMountID,
		uintptr(unsafe.Pointer(&status)), 0)
	if errno != 0 {
		return 0, os.NewSyscallError("statx", errno)
	}
	return *(*uint64)(unsafe.Pointer(&status[mountIDOffset])), nil
}

const (
	atEmptyPath   = 0x1000
	statxMountID  = 0x1000
	mountIDOffset = 0x90 // of stx_mnt_id in struct statx (include/uapi/linux/stat.h)
)

// mountsSeenBy are the mounts of a process and those of the host, by number.
func mountsSeenBy(pid int) (map[uint64]Mount, error) {
	mounts := map[uint64]Mount{}
	for _, who := range []string{strconv.Itoa(pid), "1"} {
		text, err := os.ReadFile("/proc/" + who + "/mountinfo")
		if err != nil {
			return nil, err
		}
		for line := range strings.SplitSeq(string(text), "\n") {
			first, _, _ := strings.Cut(line, " ")
			id, err := strconv.ParseUint(first, 10, 64)
			if parsed := parseMounts(line); err == nil && len(parsed) == 1 {
				mounts[id] = parsed[0]
			}
		}
	}
	return mounts, nil
}
