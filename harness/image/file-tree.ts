import type { ByteSource } from './byte-source.ts'

export type EntryType =
  | 'file'
  | 'directory'
  | 'symlink'
  | 'character-device'
  | 'block-device'
  | 'fifo'
  | 'socket'

/** One name in an image's file system. Hard links are several entries with the same content. */
export interface TreeEntry {
  /** Absolute and free of `.`, `..` and links, such as `/usr/bin/ls`. */
  readonly path: string
  readonly type: EntryType
  /** The 12 permission bits: set-user-id, set-group-id, sticky, rwx three times. */
  readonly mode: number
  readonly uid: number
  readonly gid: number
  /** Bytes of content; 0 for all but files and links. */
  readonly size: number
  /** As it is stored, relative or absolute. */
  readonly linkTarget: string | undefined
  readonly device: { readonly major: number; readonly minor: number } | undefined
  /** By full name, such as `security.capability`. */
  readonly xattrs: ReadonlyMap<string, Buffer>
  /** The content of a file at any offset, the same object for all its hard links; empty for all else. */
  readonly content: ByteSource
  /**
   * The whole content of a file, a view that must not be changed; empty for all else.
   * @throws `IMAGE_TOO_LARGE`, `IMAGE_DAMAGED` where it cannot be read out of its file system
   */
  read(): Promise<Buffer>
}

/** The files of an image at rest, read from its bytes and never unpacked on to the host. */
export interface FileTree {
  /** All entries, `/` included: a directory before what it holds, names in order. */
  entries(): Iterable<TreeEntry>
  /** The entry of exactly that name: a link in its last part is not followed, nor one on the way. */
  get(path: string): TreeEntry | undefined
  /**
   * The entry a process would open: links are followed, never out of its root.
   * @param root the folder that is `/` for the process, such as a container's; its own path has no links. @default /
   */
  resolve(path: string, root?: string): TreeEntry | undefined
}
