export interface CpioEntry {
  readonly name: string
  /** With the type's bits, such as 0o100644. */
  readonly mode: number
  readonly content?: Buffer | string
  readonly uid?: number
  readonly gid?: number
  readonly inode?: number
  readonly links?: number
  readonly device?: readonly [number, number]
  /** @default newc, which has none; a number makes the entry one of the crc format */
  readonly checksum?: number
}

const pad = (bytes: Buffer): Buffer => Buffer.concat([bytes, Buffer.alloc(-bytes.length & 3)])

const entry = (parts: CpioEntry): Buffer => {
  const content = Buffer.from(parts.content ?? '')
  const name = Buffer.from(`${parts.name}\0`)
  const [major, minor] = parts.device ?? [0, 0]
  const fields = [
    parts.inode ?? 0,
    parts.mode,
    parts.uid ?? 0,
    parts.gid ?? 0,
    parts.links ?? 1,
    0,
    content.length,
    0,
    0,
    major,
    minor,
    name.length,
    parts.checksum ?? 0,
  ].map((value) => value.toString(16).padStart(8, '0'))
  const magic = parts.checksum === undefined ? '070701' : '070702'
  return Buffer.concat([pad(Buffer.concat([Buffer.from(magic + fields.join('')), name])), pad(content)])
}

/** A whole archive, trailer included. */
export const buildCpio = (entries: readonly CpioEntry[]): Buffer =>
  Buffer.concat([...entries, { name: 'TRAILER!!!', mode: 0 }].map(entry))

/** The commonest entry: a file with the mode 0644. */
export const textFile = (name: string, content: string): CpioEntry => ({ name, mode: 0o100644, content })
