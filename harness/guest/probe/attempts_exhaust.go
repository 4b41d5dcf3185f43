package main

import (
	"os"
	"path/filepath"
	"strconv"
	"syscall"
)

// Attempts to use up what others need, too. Each gives back what it had.

type amountArguments struct {
	Count int `json:"count"`
}

// fillDescriptors opens so many files.
func fillDescriptors(arguments amountArguments) Result {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err == nil {
		limit.Cur = limit.Max // What a process may raise by itself holds nobody back.
		syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit)
	}
	for count := range arguments.Count {
		if _, err := syscall.Open("/proc/self", oPath|syscall.O_CLOEXEC, 0); err != nil {
			return failure("open", err, syscall.EMFILE, syscall.ENFILE, syscall.ENOMEM).and("%d files were open at once", count)
		}
	}
	return allowed("%d files were open at once", arguments.Count).undone(nil)
}

// inEveryFolder tries each directory that takes files: one without a limit is enough.
func inEveryFolder(attempt func(folder string) Result) Result {
	last := refused("mkdir", "EROFS", "nothing can be written")
	for _, place := range scratchFolders {
		folder := filepath.Join(place, own())
		if os.Mkdir(folder, 0o700) != nil {
			continue
		}
		last = attempt(folder)
		undone := os.RemoveAll(folder)
		if last.Outcome != "refused" {
			return last.undone(undone)
		}
	}
	return last
}

// fillFiles makes so many files in a directory.
func fillFiles(arguments amountArguments) Result {
	return inEveryFolder(func(folder string) Result { return makeFiles(folder, arguments.Count) })
}

func makeFiles(folder string, count int) Result {
	for number := range count {
		path := filepath.Join(folder, strconv.Itoa(number))
		if err := syscall.Mknod(path, syscall.S_IFREG|0o600, 0); err != nil {
			return failure("mknod", err, syscall.ENOSPC, syscall.EDQUOT, syscall.ENOMEM).and("%d files were there in %s", number, folder)
		}
	}
	return allowed("%d files were there in %s", count, folder)
}

type spaceArguments struct {
	Bytes int64 `json:"bytes"`
}

// fillSpace has a file take so many bytes.
func fillSpace(arguments spaceArguments) Result {
	return inEveryFolder(func(folder string) Result { return takeSpace(folder, arguments.Bytes) })
}

func takeSpace(folder string, bytes int64) Result {
	file, err := os.Create(filepath.Join(folder, "full"))
	if err != nil {
		return failure("open(O_CREAT)", err, syscall.ENOSPC)
	}
	defer file.Close()
	for had := int64(0); had < bytes; had += hogStep {
		if err := syscall.Fallocate(int(file.Fd()), 0, had, hogStep); err != nil {
			return failure("fallocate", err, syscall.ENOSPC, syscall.EDQUOT, syscall.EFBIG, syscall.ENOMEM).and("%d MiB of %s were taken", had/hogStep, folder)
		}
	}
	return allowed("%d MiB of %s were taken", bytes/hogStep, folder)
}
