package main

import (
	"fmt"
	"syscall"
	"unsafe"
)

// Operations and names of keyctl(2) (include/uapi/linux/keyctl.h).
const (
	processKeyring = ^uintptr(1) // KEY_SPEC_PROCESS_KEYRING is -2
	keyRevoke      = 3
	keySetPerm     = 5
	keyRead        = 11
	ownerMayAll    = 0x3f3f0000 // possessor and owner everything, group and others nothing
)

// newKey makes a key that ends with this process.
func newKey(name string) (uintptr, error) {
	kind, description, payload := []byte("user\x00"), append([]byte(name), 0), []byte("x")
	key, _, errno := syscall.Syscall6(syscall.SYS_ADD_KEY, uintptr(unsafe.Pointer(&kind[0])), uintptr(unsafe.Pointer(&description[0])),
		uintptr(unsafe.Pointer(&payload[0])), uintptr(len(payload)), processKeyring, 0)
	if errno != 0 {
		return 0, errno
	}
	return key, nil
}

type keysArguments struct {
	Count int `json:"count"`
}

// fillKeys makes so many keys, each of which takes memory of the kernel.
func fillKeys(arguments keysArguments) Result {
	for count := range arguments.Count {
		if _, err := newKey(fmt.Sprintf("drydock-%d", count)); err != nil {
			return failure("add_key", err, syscall.EDQUOT, syscall.ENOSYS).and("%d keys were made", count)
		}
	}
	return allowed("made %d keys", arguments.Count).undone(nil)
}

type keyArguments struct {
	Key uintptr `json:"key"`
}

// readForeignKey has another user read a key of this one, by its number.
func readForeignKey(request Request) (Result, error) {
	if _, err := decode[none](request); err != nil {
		return Result{}, err
	}
	key, err := newKey("drydock-secret")
	if err != nil {
		return failure("add_key", err, syscall.ENOSYS), nil
	}
	if _, _, errno := syscall.Syscall(syscall.SYS_KEYCTL, keySetPerm, key, ownerMayAll); errno != 0 {
		return impossible("keyctl(KEYCTL_SETPERM): %v", errno), nil
	}
	return asUser(attackerOf(request), "@read-key", keyArguments{key})
}

func readKeyStep(arguments keyArguments) Result {
	content := [16]byte{}
	_, _, errno := syscall.Syscall6(syscall.SYS_KEYCTL, keyRead, arguments.Key, uintptr(unsafe.Pointer(&content)), unsafe.Sizeof(content), 0, 0)
	if errno != 0 {
		return failure("keyctl(KEYCTL_READ)", errno)
	}
	return allowed("read a key that another process made")
}
