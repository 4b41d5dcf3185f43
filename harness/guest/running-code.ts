/** The file behind memory, whatever its name leads to by now. */
export interface MappedFile {
  readonly size: number
  /** 0 where it has no name any more, or never had one, as a memfd. */
  readonly links: number
  readonly sha256: string
  /** Mount point and file system; undefined where the process and the host see no such mount. */
  readonly mount?: string | undefined
  readonly mounted?: string | undefined
  /** Whether both its mount and its file system can be written. */
  readonly writable: boolean
}

/** Memory of a process that may be run. */
export interface ExecutableMapping {
  /** Hexadecimal address; `exe` for what /proc/PID/exe names. */
  readonly start: string
  /** As in `/proc/PID/maps`, such as `r-xp`. */
  readonly permissions: string
  /** Path, `[vdso]`, or empty. */
  readonly name: string
  readonly file?: MappedFile | undefined
  /** Why its file could not be looked at. */
  readonly errno?: string | undefined
}

export interface RunningCode {
  readonly pid: number
  /** personality(2); undefined where the kernel does not tell, as with kernel.yama.ptrace_scope=3. */
  readonly personality?: number | undefined
  readonly mappings: readonly ExecutableMapping[]
}

/** A process has a socket open. */
export interface SocketOwner {
  readonly pid: number
  /** As /proc/PID/net shows it. */
  readonly inode: number
}
