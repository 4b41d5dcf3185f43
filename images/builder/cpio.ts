/** One entry of an archive that the kernel unpacks as initial ramfs. */
export interface CpioEntry {
  /** Absolute path in the ramfs. */
  readonly path: string
  /** File type and permissions, as in stat(2). */
  readonly mode: number
  readonly content?: Buffer
}

const field = (value: number): string => value.toString(16).padStart(8, '0')

const padded = (length: number): number => (length + 3) & ~3

const record = (entry: CpioEntry, inode: number, links: number): Buffer => {
  const name = Buffer.from(`${entry.path.replace(/^\//, '')}\0`)
  const content = entry.content ?? Buffer.alloc(0)
  // inode, mode, uid, gid, links, mtime, size, device major and minor, special major and minor, name length, checksum
  const numbers = [inode, entry.mode, 0, 0, links, 0, content.length, 0, 0, 0, 0, name.length, 0]
  const header = Buffer.from(`070701${numbers.map(field).join('')}`)
  const bytes = Buffer.alloc(padded(header.length + name.length) + padded(content.length))
  header.copy(bytes, 0)
  name.copy(bytes, header.length)
  content.copy(bytes, padded(header.length + name.length))
  return bytes
}

/** A newc archive as in the kernel's Documentation/driver-api/early-userspace/buffer-format.rst; parents first. */
export const cpio = (entries: readonly CpioEntry[]): Buffer =>
  Buffer.concat([
    ...entries.map((entry, index) => record(entry, index + 1, 1)),
    record({ path: 'TRAILER!!!', mode: 0 }, 0, 1),
  ])

export const directoryMode = 0o040755
export const programMode = 0o100755
export const fileMode = 0o100644
