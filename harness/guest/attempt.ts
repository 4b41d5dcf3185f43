/** A file or directory to attack. Where it is a directory, a name of the probe's own inside of it is used. */
interface AtPath {
  readonly path: string
}

/** A block device; with `own`, for control, a loop device of the probe's own over a file in the directory. */
interface OnDevice extends AtPath {
  /** @default false */
  readonly own?: boolean
}

/** Nothing to choose. */
type Nothing = Readonly<Record<string, never>>

/**
 * What can be tried, and with which arguments. Each attempt undoes itself where it succeeds.
 * Paths are those of the place in which it is tried.
 */
export interface AttemptArguments {
  /** Makes a new file in the directory (or exactly `path` where nothing is there yet). */
  readonly create: AtPath
  /** O_TMPFILE in the directory. */
  readonly tmpfile: AtPath
  readonly mkdir: AtPath
  /** A fifo, so that no capability is needed: see `mknod-open` for devices. */
  readonly mknod: AtPath
  readonly symlink: AtPath
  readonly link: AtPath
  readonly rename: AtPath
  readonly unlink: AtPath
  /** The mode it has already, so the permission is tried and nothing changes. */
  readonly chmod: AtPath
  /** The owner it has already. */
  readonly chown: AtPath
  /** The times it has already. */
  readonly utimens: AtPath
  /** `user.drydock`, else `trusted.drydock`. */
  readonly setxattr: AtPath
  /** To the size it has already. */
  readonly truncate: AtPath
  /** A shared writable mapping; its first byte is written with itself. */
  readonly 'mmap-write': AtPath
  /** Room for the first byte, which the file has already. */
  readonly fallocate: AtPath
  /** Opened O_WRONLY by its handle (open_by_handle_at), nothing is written. */
  readonly 'handle-write': AtPath
  /** Opened O_WRONLY without truncation, nothing is written: for /proc/sys and the like. */
  readonly 'open-write': AtPath
  /** Opened, and its beginning read; errno `EOF` where there is nothing to read, as with a masked file. */
  readonly 'open-read': AtPath
  /** Writes `content` and afterwards what was there before. */
  readonly 'write-file': { readonly path: string; readonly content: string }
  /** mount(2) with MS_REMOUNT, with and without MS_BIND; allowed only when the place is writable (or not) afterwards. */
  readonly remount: { readonly path: string /** @default true */; readonly writable?: boolean }
  /** The same as `remount` of a read-only tmpfs of the probe's own, on the directory: a control. */
  readonly 'remount-own': AtPath
  /** mount_setattr(2) that clears MOUNT_ATTR_RDONLY; allowed only when the place is writable afterwards. */
  readonly 'remount-attr': AtPath
  /** fspick and fsconfig `rw`, and mount_setattr: allowed only when the place is writable afterwards. */
  readonly reconfigure: AtPath
  /** The same as `reconfigure` of a read-only tmpfs of the probe's own, on the directory: a control. */
  readonly 'reconfigure-own': AtPath
  /** @default source: the path itself */
  readonly 'bind-over': { readonly path: string; readonly source?: string }
  readonly 'mount-tmpfs': AtPath
  /** An overlay with the directory as lower and a tmpfs as upper layer, mounted on the directory. */
  readonly 'overlay-over': AtPath
  /** Unmounts, and puts the mount back. `impossible` where `path` is no mount point. */
  readonly umount: AtPath
  /** Opens a block device for writing and writes its first sector with itself. */
  readonly 'device-write': OnDevice
  /** BLKDISCARD of sectors beyond the end: allowed = the kernel looked at the range. */
  readonly 'device-discard': OnDevice
  /** Takes the device's read-only mark away (BLKROSET) and then does as `device-write`. */
  readonly 'device-unlock': OnDevice
  /**
   * Puts a copy that the probe may write in the place of the file behind a read-only loop device (LOOP_CHANGE_FD); not
   * undone. Errno `NO_LOOP` where the device is none.
   */
  readonly 'loop-replace': OnDevice
  /** Sets the part of the file that a loop device shows, to what it is (LOOP_SET_STATUS64); errno `NO_LOOP`. */
  readonly 'loop-remap': OnDevice
  /** Makes a device node and opens it for reading. @default directory: the first that will take it */
  readonly 'mknod-open': {
    readonly type: 'block' | 'character'
    readonly major: number
    readonly minor: number
    readonly directory?: string
  }
  /** Puts a tiny program of the probe's own into the directory and runs it. */
  readonly 'exec-from': { readonly directory: string }
  /** The same from a memfd. */
  readonly 'exec-memfd': Nothing
  /**
   * A system call with arguments that the kernel refuses with EBADF, EFAULT or EINVAL before it asks for a
   * capability: allowed = the call was reached, refused = a filter or the kernel's lack of it stood before.
   */
  readonly syscall: { readonly name: string }
  /** A kernel module from a path or from base64; ENOEXEC and the like are `impossible`. Unloaded again. */
  readonly 'load-module': { readonly path: string } | { readonly bytes: string }
  /** kexec_load of an image of one page, on arm64 of none, which is unloaded again. */
  readonly 'kexec-load': Nothing
  /** kexec_file_load of no files: allowed = it went as far as them. */
  readonly 'kexec-file-load': Nothing
  /** Chooses what happens after hibernation; errno `ENOENT` where the kernel has none. */
  readonly hibernate: Nothing
  /** syslog(2) SYSLOG_ACTION_READ_ALL. */
  readonly 'syslog-read': Nothing
  /** Allowed = an address that is not zero was seen; errno `ZEROED` where all are. */
  readonly 'read-kallsyms': Nothing
  /** PTRACE_SEIZE. @default target: a sibling of the tracer */
  readonly ptrace: { readonly pid?: number; readonly target?: 'sibling' | 'child' }
  /** A process in a new user namespace. */
  readonly userns: Nothing
  /** BPF_PROG_LOAD of a socket filter that returns 0. */
  readonly 'bpf-load': Nothing
  /** A software event on the process itself. @default kernel: false (user space only) */
  readonly 'perf-open': { readonly kernel?: boolean }
  /** @default userModeOnly: false */
  readonly userfaultfd: { readonly userModeOnly?: boolean }
  readonly 'io-uring': Nothing
  /** /dev/mem, or a node made for it. */
  readonly 'devmem-open': Nothing
  /** socket(2): a number or a name such as `AF_ALG`; every socket type is tried until one fits. */
  readonly socket: { readonly family: number | string }
  /** SOCK_RAW for ICMP, then AF_PACKET. */
  readonly 'raw-socket': Nothing
  /** Joins a namespace of a process outside of the place; errno `ESRCH` where none can be seen. */
  readonly 'setns-host': Nothing
  /** clock_settime(CLOCK_REALTIME) to the time it is. */
  readonly settime: Nothing
  readonly chroot: Nothing
  /** Forks until refused (allowed = `max` processes were there at once). @default max: 4096 */
  readonly 'fork-limit': { readonly max?: number }
  /** Touches memory until killed or refused (allowed = all of it was had). */
  readonly 'memory-limit': { readonly bytes: number }
  /** Signal 0 to a process outside of the place; errno `ESRCH` where none can be seen. */
  readonly 'kill-host': { readonly pid?: number }
  readonly 'add-key': Nothing
  /** ADDR_NO_RANDOMIZE. */
  readonly personality: Nothing
  /** Another user's link to a file of root's that he may not write. @default directory: the first that will take it */
  readonly 'hardlink-foreign': { readonly directory?: string }
  /** Following a third user's symbolic link in a sticky directory that all may write. */
  readonly 'symlink-sticky-follow': { readonly directory?: string }
  /** O_CREAT on a third user's fifo there. */
  readonly 'fifo-sticky': { readonly directory?: string }
  /** O_CREAT on a third user's file there. */
  readonly 'regular-sticky': { readonly directory?: string }
  /** An ordinary user's setuid program of root's that crashes; errno `NOT_DUMPABLE` where its memory is not dumped. */
  readonly 'setuid-dump': Nothing
  /** A mapping at address 0. */
  readonly 'map-zero': Nothing
  /** A call into the vsyscall page; errno `SIGSEGV`. x86_64 only. */
  readonly vsyscall: Nothing
  /** A segment descriptor of the process's own. x86_64 only. */
  readonly 'modify-ldt': Nothing
  /** ioperm(2) for a port that does nothing. x86_64 only. */
  readonly 'io-ports': Nothing
  /** TIOCSTI into a terminal of its own, and reading it back; errno `EIO`. */
  readonly 'terminal-input': Nothing
  /** TIOCSETD with a line discipline that is not there: allowed = the kernel asked for its module. */
  readonly 'line-discipline': Nothing
  /** So many keys; errno `EDQUOT`. */
  readonly 'fill-keys': { readonly count: number }
  /** Another user's reading of a key that only its owner may read. */
  readonly 'read-foreign-key': Nothing
  /**
   * Mounts one of the kernel's own file systems, which stays mounted, and opens a file of it; errno `ENODEV` where the
   * kernel does not have it, `EMPTY` where nothing is in it.
   * @default file: the first
   */
  readonly 'file-system': { readonly type: string; readonly file?: string }
  /** Writes a key to /proc/sysrq-trigger; what it does shows on the console. Errno `ENOENT` where there is none. */
  readonly sysrq: { readonly key: string }
  /** Changes a setting of the kernel, and leaves it so: for guests that nobody needs any more. */
  readonly 'set-sysctl': { readonly name: string; readonly value: string }
  /**
   * Names a program for core dumps, and dumps one; what was there before is put back. The program, which the kernel
   * starts in the namespaces of pid 1, makes the directory `mark`: only that tells that it ran.
   */
  readonly 'core-helper': { readonly mark: string }
  /** The same with the program that loads modules, which an ordinary user's `socket-autoload` has run. Host only. */
  readonly 'module-helper': { readonly mark: string }
  /** socket(2) for every family: allowed = a module was loaded; errno `EAFNOSUPPORT`. */
  readonly 'socket-autoload': Nothing
  /** Registers an interpreter with binfmt_misc, and runs a file for it; errno `ENODEV` where the kernel has none. */
  readonly 'binary-format': Nothing
  /** A directory by its number instead of its name: open_by_handle_at(2). */
  readonly 'open-by-handle': Nothing
  /** A tmpfs on a directory, by fsopen(2), fsmount(2) and move_mount(2). */
  readonly 'fsopen-mount': Nothing
  /** A program for the kernel to start once a cgroup of version 1 is empty; it makes the directory `mark`. */
  readonly 'release-agent': { readonly mark: string }
  /** The root directory of a process outside of the place; errno `ESRCH` where none can be seen. */
  readonly 'host-root': Nothing
  /** PTRACE_SEIZE of a process outside of the place; errno `ESRCH` where none can be seen. */
  readonly 'ptrace-host': Nothing
  /**
   * Changes a byte of a file that may only be read, by way of the page cache; errno `UNCHANGED` where the file is as
   * before, whatever the calls have answered.
   * @default own: false (the first file of the place that nobody runs); true: one that the probe may write, for control
   */
  readonly 'page-cache-write': { readonly own?: boolean }
  /** Leaves a process behind that listens on an abstract socket and a TCP port of 127.0.0.1. */
  readonly listen: { readonly name: string; readonly port: number }
  /** To what `listen` listens on; errno `ECONNREFUSED`, `ENETUNREACH`. */
  readonly connect: { readonly name: string } | { readonly port: number }
  /** Whether the kernel has a way to an address; nothing is sent. Errno `ENETUNREACH`. */
  readonly route: { readonly address: string }
  /** The keyring of its user, whose number is the detail; errno `ANOTHER` where it is not `keyring`. */
  readonly 'user-keyring': { readonly keyring?: number }
  /** So many open files at once; errno `EMFILE`. */
  readonly 'fill-descriptors': { readonly count: number }
  /** So many files in one directory; errno `ENOSPC`. */
  readonly 'fill-files': { readonly count: number }
  /** A file of so many bytes; errno `ENOSPC`. */
  readonly 'fill-space': { readonly bytes: number }
}

export type AttemptName = keyof AttemptArguments

/**
 * What came of an attempt. `errno` is a name such as `EROFS`, or says in capitals what stood in the way where
 * the kernel gave none: `SIGSYS` (killed by a seccomp filter), `SIGKILL`, `SIGSEGV`, `EOF`, `EMPTY`, `ZEROED`,
 * `NOT_DUMPABLE`.
 * `impossible`: it could not even be tried, so it says nothing about the image.
 */
export type Attempted =
  | { readonly outcome: 'allowed'; readonly detail: string }
  | {
      readonly outcome: 'refused'
      readonly errno: string
      readonly call: string
      readonly detail?: string | undefined
    }
  | { readonly outcome: 'impossible'; readonly reason: string }
