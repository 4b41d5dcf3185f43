package main

import "syscall"

// Attempts on what a file or directory is, all with the values that it has already: the kernel asks for the same
// permission, and nothing changes.

func statOf(path string) (syscall.Stat_t, *Result) {
	var status syscall.Stat_t
	if err := syscall.Stat(path, &status); err != nil {
		result := impossible("stat %s: %v", path, err)
		return status, &result
	}
	return status, nil
}

func chmod(arguments atPath) Result {
	status, wrong := statOf(arguments.Path)
	if wrong != nil {
		return *wrong
	}
	if err := syscall.Chmod(arguments.Path, status.Mode&0o7777); err != nil {
		return failure("chmod", err)
	}
	return allowed("chmod of %s to the mode that it has", arguments.Path)
}

func chown(arguments atPath) Result {
	status, wrong := statOf(arguments.Path)
	if wrong != nil {
		return *wrong
	}
	if err := syscall.Chown(arguments.Path, int(status.Uid), int(status.Gid)); err != nil {
		return failure("chown", err)
	}
	// A change of owner takes setuid bits away.
	return allowed("chown of %s to the owner that it has", arguments.Path).
		undone(syscall.Chmod(arguments.Path, status.Mode&0o7777))
}

func utimens(arguments atPath) Result {
	status, wrong := statOf(arguments.Path)
	if wrong != nil {
		return *wrong
	}
	if err := syscall.UtimesNano(arguments.Path, []syscall.Timespec{status.Atim, status.Mtim}); err != nil {
		return failure("utimensat", err)
	}
	return allowed("utimensat of %s to the times that it has", arguments.Path)
}

func setxattr(arguments atPath) Result {
	if _, wrong := statOf(arguments.Path); wrong != nil {
		return *wrong
	}
	var result Result
	// A tmpfs of an older kernel has no user attributes, and an ordinary user may not set trusted ones.
	for _, name := range []string{"user.drydock", "trusted.drydock"} {
		err := syscall.Setxattr(arguments.Path, name, []byte("x"), 0)
		if err == nil {
			return allowed("setxattr %s on %s", name, arguments.Path).undone(syscall.Removexattr(arguments.Path, name))
		}
		result = failure("setxattr", err)
		if !isErrno(err, syscall.EOPNOTSUPP) {
			return result
		}
	}
	return result
}
