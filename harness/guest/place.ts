import type { EntryType } from '../image/file-tree.ts'
import type { AttemptArguments, Attempted, AttemptName } from './attempt.ts'

export interface FileStat {
  readonly type: EntryType
  /** The 07777 bits. */
  readonly mode: number
  readonly uid: number
  readonly gid: number
  readonly size: number
  readonly inode: bigint
  readonly links: number
  /** Device numbers of a device node. */
  readonly device: { readonly major: number; readonly minor: number } | undefined
  /** The mount's flags, of `ro`, `nosuid`, `nodev`, `noexec`. */
  readonly mountFlags: readonly string[]
}

/** A system call as a filter sees it. */
export interface SystemCall {
  readonly number: number
  /** The first five, from 0 to 2^53; what is missing is 0. */
  readonly arguments: readonly number[]
}

/** Where a link of /proc leads. */
export interface Link {
  readonly path: string
  /** What it says: a path, `pipe:[517]`, `net:[4026531840]`; undefined where it may not be read. */
  readonly target: string | undefined
  /** Id of the mount that it leads to, as mountinfo has it, which no name can fake; undefined where that cannot be told. */
  readonly mount: number | undefined
  /** Why it may not be read. */
  readonly errno: string | undefined
}

/** A line of the kernel's log. */
export interface KernelMessage {
  /** 0 (emergency) to 7 (debug), as syslog(3) counts; undefined for a line that has none of its own. */
  readonly level: number | undefined
  /** Without level and time. */
  readonly text: string
}

/** First addresses of the parts of one process. */
export interface Layout {
  readonly program: bigint
  /** What the kernel maps beside a program: its loader, as libraries and all mmap(2) without an address are. */
  readonly loader: bigint
  /** The break that the process starts with. */
  readonly heap: bigint
  /** The stack pointer that it starts with. */
  readonly stack: bigint
  readonly vdso: bigint
}

/** Layouts of one position-independent program. */
export interface Layouts {
  /** Bytes. */
  readonly pageSize: number
  /** 32 starts, as any program is started. */
  readonly random: readonly Layout[]
  /** 2 starts with ADDR_NO_RANDOMIZE. */
  readonly fixed: readonly Layout[]
}

/** Where something is tried or read: the host (pid 1's namespaces and root) or a container. */
export interface Place {
  /** How the place is named in evidence: `host`, `container sshd`. */
  readonly name: string
  /** With a `uid`, as that user and without any capability. */
  try<Name extends AttemptName>(
    name: Name,
    args?: AttemptArguments[Name],
    options?: {
      readonly uid?: number /** @default 20000, 90000 for the limits */
      readonly timeoutMs?: number
    },
  ): Promise<Attempted>
  /** At most 4 MiB. Throws DrydockError code `GUEST_FILE` (its message has the errno). */
  read(path: string): Promise<Buffer>
  /** By path: its bytes, or the name of the errno. */
  readMany(paths: readonly string[]): Promise<Map<string, Buffer | string>>
  /** Sorted; `*`, `?`, `[...]` as in Go's path/filepath, no `**`. At most 100,000 names. */
  glob(pattern: string): Promise<readonly string[]>
  /** Of the name itself, links are not followed; undefined where nothing is there. */
  stat(path: string): Promise<FileStat | undefined>
  readlink(path: string): Promise<string>
  /**
   * Which system calls get past the filters that hold here, without any being carried out: by the index of the call the
   * errno that a filter gives, `SIGSYS` where it kills, or undefined where the call gets through. At most 4096.
   */
  reach(calls: readonly SystemCall[]): Promise<readonly (string | undefined)[]>
  /** Every link that the patterns name, as `glob` understands them. */
  links(patterns: readonly string[]): Promise<readonly Link[]>
  /**
   * SHA-256 by path of everything below the paths, without crossing into other mounts: files by their content as
   * the page cache gives it, links by their target, `directory` and other types by their name; with mode and owner
   * in front, for example `0755 0:0 file 9f86...`.
   */
  hashTree(paths: readonly string[]): Promise<Map<string, string>>
  /** The kernel's log, as far back as it has it, without levels and times. Readable for root only. */
  kernelLog(): Promise<readonly string[]>
  /** The same with levels. */
  kernelMessages(): Promise<readonly KernelMessage[]>
  /** Where the kernel puts one program, start after start. Readable for root only. */
  layouts(): Promise<Layouts>
}
