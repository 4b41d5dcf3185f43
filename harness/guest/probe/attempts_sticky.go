package main

import (
	"os"
	"path/filepath"
	"syscall"
)

// Attempts of one user on what another has put into a directory that all may write: the protected_* sysctls.

// stage makes a sticky directory that all may write, of the place's own user.
func stage(directory string) (string, *Result) {
	var last error
	for _, folder := range candidates(directory) {
		path := filepath.Join(folder, own())
		if last = os.Mkdir(path, 0o700); last != nil {
			continue
		}
		if last = os.Chmod(path, 0o777|os.ModeSticky); last == nil {
			return path, nil
		}
		os.Remove(path)
	}
	result := impossible("no directory could be made to try it in: %v", last)
	return "", &result
}

func attackerOf(request Request) int {
	if request.UID != nil {
		return *request.UID
	}
	return nobody
}

// staged prepares a directory, has a step taken in it as the attacking user, and clears up.
func staged(request Request, prepare func(folder string) error, step func(folder string, attacker int) (Result, error)) (Result, error) {
	arguments, err := decode[inDirectory](request)
	if err != nil {
		return Result{}, err
	}
	folder, wrong := stage(arguments.Directory)
	if wrong != nil {
		return *wrong, nil
	}
	defer os.RemoveAll(folder)
	if err := prepare(folder); err != nil {
		return impossible("it could not be prepared: %v", err), nil
	}
	return step(folder, attackerOf(request))
}

type linkArguments struct {
	From string `json:"from"`
	To   string `json:"to"`
}

func linkStep(arguments linkArguments) Result {
	if err := syscall.Link(arguments.From, arguments.To); err != nil {
		return failure("link", err)
	}
	return allowed("linked to a file that it may not write").undone(os.Remove(arguments.To))
}

func hardlinkForeign(request Request) (Result, error) {
	return staged(request, func(folder string) error {
		return os.WriteFile(filepath.Join(folder, "foreign"), []byte("x"), 0o600)
	}, func(folder string, attacker int) (Result, error) {
		return asUser(attacker, "@link", linkArguments{filepath.Join(folder, "foreign"), filepath.Join(folder, "link")})
	})
}

type openArguments struct {
	Path   string `json:"path"`
	Create bool   `json:"create"`
}

func openStep(arguments openArguments) Result {
	flags, call := syscall.O_RDONLY, "open(O_RDONLY)"
	if arguments.Create {
		flags, call = syscall.O_RDWR|syscall.O_CREAT, "open(O_CREAT)"
	}
	fd, err := syscall.Open(arguments.Path, flags|syscall.O_CLOEXEC|syscall.O_NONBLOCK, 0o600)
	if err != nil {
		return failure(call, err)
	}
	return allowed("opened %s", arguments.Path).undone(syscall.Close(fd))
}

func symlinkStickyFollow(request Request) (Result, error) {
	return staged(request, func(folder string) error {
		target, link := filepath.Join(folder, "target"), filepath.Join(folder, "link")
		if err := os.WriteFile(target, []byte("x"), 0o644); err != nil {
			return err
		}
		if err := os.Chmod(target, 0o644); err != nil {
			return err
		}
		if err := os.Symlink(target, link); err != nil {
			return err
		}
		return os.Lchown(link, stranger, stranger)
	}, func(folder string, attacker int) (Result, error) {
		return asUser(attacker, "@open", openArguments{Path: filepath.Join(folder, "link")})
	})
}

// strangers prepares something of a third user's that all may read and write.
func strangers(make func(path string) error) func(folder string) error {
	return func(folder string) error {
		path := filepath.Join(folder, "strange")
		if err := make(path); err != nil {
			return err
		}
		if err := os.Chmod(path, 0o666); err != nil {
			return err
		}
		return os.Chown(path, stranger, stranger)
	}
}

func openStrange(folder string, attacker int) (Result, error) {
	return asUser(attacker, "@open", openArguments{Path: filepath.Join(folder, "strange"), Create: true})
}

func fifoSticky(request Request) (Result, error) {
	return staged(request, strangers(func(path string) error { return syscall.Mkfifo(path, 0o666) }), openStrange)
}

func regularSticky(request Request) (Result, error) {
	return staged(request, strangers(func(path string) error { return os.WriteFile(path, []byte("x"), 0o666) }), openStrange)
}
