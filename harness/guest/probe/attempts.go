package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
)

// attempts are what can be tried, by name. They run in a process of their own, in the place and as the user asked for.
var attempts = map[string]func(Request) (Result, error){
	"create":                with(create),
	"tmpfile":               with(tmpfile),
	"mkdir":                 with(makeDirectory),
	"mknod":                 with(makeFifo),
	"symlink":               with(symlink),
	"link":                  with(link),
	"rename":                with(rename),
	"unlink":                with(unlink),
	"chmod":                 with(chmod),
	"chown":                 with(chown),
	"utimens":               with(utimens),
	"setxattr":              with(setxattr),
	"truncate":              with(truncate),
	"mmap-write":            with(mmapWrite),
	"fallocate":             with(fallocate),
	"handle-write":          with(handleWrite),
	"open-write":            with(openWrite),
	"open-read":             with(openRead),
	"write-file":            with(writeFile),
	"remount":               with(remount),
	"remount-attr":          with(remountAttr),
	"reconfigure":           with(reconfigure),
	"reconfigure-own":       with(reconfigureOwn),
	"remount-own":           with(remountOwn),
	"bind-over":             with(bindOver),
	"mount-tmpfs":           with(mountTmpfs),
	"overlay-over":          with(overlayOver),
	"umount":                with(unmount),
	"device-write":          with(onBlockDevice(os.O_RDWR, deviceWrite)),
	"device-discard":        with(onBlockDevice(os.O_RDWR, discard)),
	"device-unlock":         with(onBlockDevice(os.O_RDWR, unlockDevice)),
	"loop-replace":          with(onLoopDevice(replaceLoop)),
	"loop-remap":            with(onLoopDevice(remapLoop)),
	"mknod-open":            with(mknodOpen),
	"devmem-open":           with(devmemOpen),
	"exec-from":             with(execFrom),
	"exec-memfd":            with(execMemfd),
	"syscall":               with(safeSyscall),
	"load-module":           with(loadModule),
	"kexec-load":            with(kexecLoad),
	"kexec-file-load":       with(kexecFileLoad),
	"hibernate":             with(hibernate),
	"syslog-read":           with(syslogRead),
	"read-kallsyms":         with(readKallsyms),
	"userns":                with(userns),
	"bpf-load":              with(bpfLoad),
	"perf-open":             with(perfOpen),
	"userfaultfd":           with(userfaultfd),
	"io-uring":              with(ioUring),
	"socket":                with(socket),
	"raw-socket":            with(rawSocket),
	"setns-host":            with(setnsHost),
	"kill-host":             with(killHost),
	"settime":               with(settime),
	"chroot":                with(chroot),
	"fork-limit":            with(forkLimit),
	"memory-limit":          with(memoryLimit),
	"add-key":               with(addKey),
	"personality":           with(personality),
	"ptrace":                ptrace,
	"hardlink-foreign":      hardlinkForeign,
	"symlink-sticky-follow": symlinkStickyFollow,
	"fifo-sticky":           fifoSticky,
	"regular-sticky":        regularSticky,
	"setuid-dump":           dumpSetuid,
	"map-zero":              with(mapZero),
	"vsyscall":              with(callVsyscall),
	"modify-ldt":            with(modifyLdt),
	"io-ports":              with(ioPorts),
	"terminal-input":        with(typeInto),
	"line-discipline":       with(loadLineDiscipline),
	"fill-keys":             with(fillKeys),
	"read-foreign-key":      readForeignKey,
	"file-system":           with(useFileSystem),
	"sysrq":                 with(pressSysrq),
	"set-sysctl":            with(setSetting),
	"core-helper":           with(coreHelper),
	"module-helper":         moduleHelper,
	"socket-autoload":       with(autoloadBySocket),
	"binary-format":         with(binaryFormat),

	"open-by-handle":   with(openByHandle),
	"fsopen-mount":     with(fsopenMount),
	"release-agent":    with(releaseAgent),
	"host-root":        with(hostRoot),
	"ptrace-host":      with(ptraceHost),
	"page-cache-write": with(pageCacheWrite),
	"listen":           with(listenOn),
	"connect":          with(connectTo),
	"route":            with(routeTo),
	"user-keyring":     with(ownKeyring),
	"fill-descriptors": with(fillDescriptors),
	"fill-files":       with(fillFiles),
	"fill-space":       with(fillSpace),

	// Steps of the attempts above that another process has to take.
	"@open":     with(openStep),
	"@link":     with(linkStep),
	"@seize":    with(seizeStep),
	"@crash":    with(crashStep),
	"@read-key": with(readKeyStep),
}

// changesUser are the attempts that have to prepare something as the place's own user before they change to another.
var changesUser = map[string]bool{
	"hardlink-foreign": true, "symlink-sticky-follow": true, "fifo-sticky": true, "regular-sticky": true, "setuid-dump": true,
	"read-foreign-key": true,
}

// needsOwnCgroup are the attempts that a cgroup decides: with the shell's own they would say nothing of the host's.
var needsOwnCgroup = map[string]bool{
	"device-write": true, "device-discard": true, "device-unlock": true, "loop-replace": true,
	"loop-remap": true, "mknod-open": true, "devmem-open": true, "fork-limit": true, "memory-limit": true, "bpf-load": true,
}

// usesUp are the attempts that the kernel may end by force: a limit has held.
var usesUp = map[string]bool{"fill-descriptors": true, "fill-files": true, "fill-space": true}

// nobody is the user of attempts that need an ordinary one and were asked for none; stranger is a third one.
const (
	nobody   = 65534
	stranger = 65533
)

// decode reads an attempt's arguments; unknown ones are an error.
func decode[Arguments any](request Request) (Arguments, error) {
	var arguments Arguments
	if len(request.Args) == 0 {
		return arguments, nil
	}
	decoder := json.NewDecoder(bytes.NewReader(request.Args))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&arguments); err != nil {
		return arguments, &Problem{Code: codeBadRequest, Message: fmt.Sprintf("arguments of %s: %v", request.Attempt, err)}
	}
	return arguments, nil
}

// with makes an attempt of a function of its arguments.
func with[Arguments any](run func(Arguments) Result) func(Request) (Result, error) {
	return func(request Request) (Result, error) {
		arguments, err := decode[Arguments](request)
		if err != nil {
			return Result{}, err
		}
		return run(arguments), nil
	}
}

// asUser has a step taken by another process, as another user.
func asUser(uid int, step string, arguments any) (Result, error) {
	encoded, err := json.Marshal(arguments)
	if err != nil {
		return Result{}, err
	}
	return try(Request{Op: "try", Place: "here", UID: &uid, Attempt: step, Args: encoded})
}

type none struct{}

type atPath struct {
	Path string `json:"path"`
}

type inDirectory struct {
	Directory string `json:"directory"`
}
