package main

import (
	"fmt"
	"syscall"
)

// safeCall is a system call with arguments that the kernel finds wrong before it looks for capabilities. What is left
// to say EPERM or ENOSYS is a filter, or a kernel without the call.
type safeCall struct {
	number    uintptr
	arguments [6]uintptr
}

const bad = ^uintptr(0) // -1: no descriptor, no command, no flags, no address

// The answer that an unfiltered kernel gives is in the comment.
var safeCalls = map[string]safeCall{
	"unshare":                 {syscall.SYS_UNSHARE, [6]uintptr{}},                      // 0: nothing to unshare
	"setns":                   {sysSetns, [6]uintptr{bad}},                              // EBADF
	"mount":                   {syscall.SYS_MOUNT, [6]uintptr{}},                        // EFAULT
	"umount2":                 {syscall.SYS_UMOUNT2, [6]uintptr{0, 0x100}},              // EINVAL: no such flag
	"open_tree":               {sysOpenTree, [6]uintptr{bad, 0, bad}},                   // EINVAL: no such flags
	"mount_setattr":           {sysMountSetattr, [6]uintptr{bad, 0, bad}},               // EINVAL: no such flags
	"fsconfig":                {sysFsconfig, [6]uintptr{bad}},                           // EINVAL
	"bpf":                     {sysBpf, [6]uintptr{bad}},                                // EINVAL: no such command
	"perf_event_open":         {syscall.SYS_PERF_EVENT_OPEN, [6]uintptr{}},              // EFAULT
	"keyctl":                  {syscall.SYS_KEYCTL, [6]uintptr{bad}},                    // EOPNOTSUPP
	"add_key":                 {syscall.SYS_ADD_KEY, [6]uintptr{}},                      // EFAULT
	"request_key":             {syscall.SYS_REQUEST_KEY, [6]uintptr{}},                  // EFAULT
	"io_uring_setup":          {sysIoUringSetup, [6]uintptr{}},                          // EFAULT
	"io_uring_enter":          {sysIoUringEnter, [6]uintptr{bad}},                       // EBADF
	"io_uring_register":       {sysIoUringRegister, [6]uintptr{bad, 0}},                 // EBADF, or EINVAL since 6.13
	"userfaultfd":             {sysUserfaultfd, [6]uintptr{bad}},                        // EINVAL: no such flags
	"clone3":                  {sysClone3, [6]uintptr{}},                                // EINVAL: size 0
	"open_by_handle_at":       {sysOpenByHandleAt, [6]uintptr{bad}},                     // EFAULT, or EPERM without CAP_DAC_READ_SEARCH
	"name_to_handle_at":       {sysNameToHandleAt, [6]uintptr{bad, 0, 0, 0, bad}},       // EINVAL: no such flags
	"pidfd_open":              {sysPidfdOpen, [6]uintptr{bad}},                          // EINVAL: pid -1
	"pidfd_getfd":             {sysPidfdGetfd, [6]uintptr{bad}},                         // EBADF
	"pidfd_send_signal":       {sysPidfdSendSignal, [6]uintptr{bad}},                    // EBADF
	"process_madvise":         {sysProcessMadvise, [6]uintptr{bad, 0, 0, 0, bad}},       // EINVAL: no such flags
	"process_mrelease":        {sysProcessMrelease, [6]uintptr{bad, bad}},               // EINVAL: no such flags
	"process_vm_readv":        {sysProcessVmReadv, [6]uintptr{0, 0, 0, 0, 0, bad}},      // EINVAL: no such flags
	"process_vm_writev":       {sysProcessVmWritev, [6]uintptr{0, 0, 0, 0, 0, bad}},     // EINVAL: no such flags
	"kcmp":                    {sysKcmp, [6]uintptr{bad, bad}},                          // ESRCH
	"ptrace":                  {syscall.SYS_PTRACE, [6]uintptr{bad, bad}},               // ESRCH: pid -1
	"seccomp":                 {sysSeccomp, [6]uintptr{bad}},                            // EINVAL: no such operation
	"landlock_create_ruleset": {sysLandlockCreateRuleset, [6]uintptr{0, 0, bad}},        // EINVAL: no such flags
	"memfd_create":            {sysMemfdCreate, [6]uintptr{0, bad}},                     // EINVAL: no such flags
	"memfd_secret":            {sysMemfdSecret, [6]uintptr{bad}},                        // EINVAL: no such flags
	"personality":             {syscall.SYS_PERSONALITY, [6]uintptr{addrNoRandomize}},   // the personality before
	"quotactl":                {syscall.SYS_QUOTACTL, [6]uintptr{bad}},                  // EINVAL or ENOENT
	"clock_settime":           {syscall.SYS_CLOCK_SETTIME, [6]uintptr{0, 0}},            // EFAULT
	"settimeofday":            {syscall.SYS_SETTIMEOFDAY, [6]uintptr{1, 0}},             // EFAULT
	"adjtimex":                {syscall.SYS_ADJTIMEX, [6]uintptr{}},                     // EFAULT
	"chroot":                  {syscall.SYS_CHROOT, [6]uintptr{}},                       // EFAULT
	"mbind":                   {syscall.SYS_MBIND, [6]uintptr{0, 0, 0, 0, 0, bad}},      // EINVAL: no such flags
	"move_pages":              {syscall.SYS_MOVE_PAGES, [6]uintptr{0, 0, 0, 0, 0, bad}}, // EINVAL: no such flags
	"swapon":                  {syscall.SYS_SWAPON, [6]uintptr{0, bad}},                 // EINVAL: no such flags
	"vmsplice":                {syscall.SYS_VMSPLICE, [6]uintptr{bad}},                  // EBADF
}

// These ask for a capability first, so EPERM may be that as well as a filter.
var capabilityFirst = map[string]safeCall{
	"pivot_root":      {syscall.SYS_PIVOT_ROOT, [6]uintptr{}},                // EFAULT
	"move_mount":      {sysMoveMount, [6]uintptr{bad, 0, bad, 0, bad}},       // EINVAL: no such flags
	"fsopen":          {sysFsopen, [6]uintptr{0, bad}},                       // EINVAL: no such flags
	"fsmount":         {sysFsmount, [6]uintptr{bad, bad}},                    // EINVAL: no such flags
	"fspick":          {sysFspick, [6]uintptr{bad, 0, bad}},                  // EINVAL: no such flags
	"init_module":     {syscall.SYS_INIT_MODULE, [6]uintptr{}},               // ENOEXEC
	"finit_module":    {sysFinitModule, [6]uintptr{bad, 0, bad}},             // EINVAL: no such flags
	"delete_module":   {syscall.SYS_DELETE_MODULE, [6]uintptr{}},             // EFAULT
	"kexec_load":      {syscall.SYS_KEXEC_LOAD, [6]uintptr{0, 0, 0, 0xffff}}, // EINVAL: no such flags
	"kexec_file_load": {sysKexecFileLoad, [6]uintptr{bad, bad, 0, 0, bad}},   // EINVAL: no such flags
	"syslog":          {syscall.SYS_SYSLOG, [6]uintptr{bad}},                 // EINVAL: no such action
	"acct":            {syscall.SYS_ACCT, [6]uintptr{1}},                     // EFAULT; 0 would turn accounting off
	"swapoff":         {syscall.SYS_SWAPOFF, [6]uintptr{}},                   // EFAULT
	"reboot":          {syscall.SYS_REBOOT, [6]uintptr{}},                    // EINVAL: wrong magic numbers
	"sethostname":     {syscall.SYS_SETHOSTNAME, [6]uintptr{0, bad}},         // EINVAL: no such length
	"fanotify_init":   {syscall.SYS_FANOTIFY_INIT, [6]uintptr{bad}},          // EINVAL: no such flags
}

type syscallArguments struct {
	Name string `json:"name"`
}

func safeSyscall(arguments syscallArguments) Result {
	call, known := safeCalls[arguments.Name]
	if !known {
		call, known = ownSyscalls[arguments.Name]
	}
	ambiguous := false
	if !known {
		call, known = capabilityFirst[arguments.Name]
		ambiguous = known
	}
	if !known {
		return impossible("the probe has no safe arguments for a system call %q on this architecture", arguments.Name)
	}
	value := call.arguments
	result, _, errno := syscall.Syscall6(call.number, value[0], value[1], value[2], value[3], value[4], value[5])
	if errno == 0 {
		return undoCall(arguments.Name, result)
	}
	if !isErrno(errno, syscall.EPERM, syscall.EACCES, syscall.ENOSYS) {
		return allowed("%s was reached: %s", arguments.Name, errnoName(errno))
	}
	answer := refused(arguments.Name, errnoName(errno), "")
	if ambiguous {
		return answer.and("the kernel asks for a capability first, so this need not be a filter")
	}
	return answer
}

const addrNoRandomize = 0x0040000

// undoCall takes back what the few calls do that succeed with safe arguments.
func undoCall(name string, result uintptr) Result {
	answer := allowed("%s was reached: %d", name, result)
	if name != "personality" {
		return answer
	}
	if _, _, errno := syscall.Syscall(syscall.SYS_PERSONALITY, result, 0, 0); errno != 0 {
		return answer.undone(fmt.Errorf("personality: %w", errno))
	}
	return answer.undone(nil)
}
