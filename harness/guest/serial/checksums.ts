import { createHash } from 'node:crypto'
import { cksum } from './cksum.ts'

/** A checksum that both ends can make of a block. */
export interface Checksum {
  /** The guest's program; it reads standard input. */
  readonly program: string
  /** How the program's output begins. */
  readonly of: (bytes: Buffer) => string
}

const hash = (algorithm: string) => (bytes: Buffer) => createHash(algorithm).update(bytes).digest('hex')

/** Against torn lines, not against an attacker: the cheapest first. */
export const checksums: readonly Checksum[] = [
  { program: 'cksum', of: (bytes) => `${cksum(bytes)} ${bytes.length}` },
  { program: 'md5sum', of: hash('md5') },
  { program: 'sha1sum', of: hash('sha1') },
  { program: 'sha256sum', of: hash('sha256') },
]
