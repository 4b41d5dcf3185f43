import { gunzipSync } from 'node:zlib'
import { blockSize } from './agent-transfer.ts'
import type { Checksum } from './checksums.ts'
import type { Frame } from './frame.ts'

interface Block {
  /** Encoded, by their number from 1. */
  readonly lines: Map<number, string>
  /** How many lines it has, once the guest said so. */
  count: number | undefined
  /** How many characters they have together, where the guest said so. */
  length: number | undefined
  /** What the guest's checksum program printed; undefined: not yet known, or the guest has none. */
  sum: string | undefined
  /** Its bytes, once it is whole. */
  bytes: Buffer | undefined
}

const compressed = 'z '

/**
 * Puts together one output stream that the guest sends in blocks of encoded lines. Lines may be missing (a kernel
 * message tore them) and blocks may be sent again; good lines are kept, a block with a wrong checksum is forgotten.
 */
export class StreamAssembly {
  private readonly blocks = new Map<number, Block>()
  private readonly decode: (line: string) => Buffer
  private readonly checksum: Checksum | undefined

  /** @param checksum Undefined: the guest sends none. */
  constructor(decode: (line: string) => Buffer, checksum: Checksum | undefined) {
    this.decode = decode
    this.checksum = checksum
  }

  /** Takes a frame of kind L (a line, or how many there were) or Y (the checksum of a block). */
  take({ kind, fields }: Frame): void {
    const block = this.block(Number(fields[1]))
    if (kind === 'Y') {
      block.sum = fields[2]
    } else if (fields[2] === 'end') {
      block.count = Number(fields[3])
      block.length = fields[4] === undefined ? undefined : Number(fields[4])
    } else {
      const [, , number, length, payload = ''] = fields
      if (payload.length === Number(length)) {
        block.lines.set(Number(number), payload)
      }
    }
  }

  /** Which of the first `count` blocks are not yet whole; those with a wrong checksum start afresh. */
  missing(count: number): readonly number[] {
    return Array.from({ length: count }, (_, number) => number).filter((number) => !this.isWhole(number))
  }

  /** The lines of a block that have not arrived, where it is known how many there are and at most `limit` are missing. */
  missingLines(number: number, limit: number): readonly number[] | undefined {
    const block = this.blocks.get(number)
    if (block?.count === undefined) {
      return undefined
    }
    const { count, lines } = block
    const missing = Array.from({ length: count }, (_, index) => index + 1).filter((line) => !lines.has(line))
    return missing.length > 0 && missing.length <= limit ? missing : undefined
  }

  /** All whole blocks. */
  bytes(): Buffer {
    const numbers = [...this.blocks.keys()].toSorted((a, b) => a - b)
    return Buffer.concat(numbers.map((number) => this.blocks.get(number)?.bytes ?? Buffer.alloc(0)))
  }

  private isWhole(number: number): boolean {
    const block = this.blocks.get(number)
    if (block?.bytes !== undefined) {
      return true
    }
    if (block?.count === undefined || block.lines.size < block.count) {
      return false
    }
    if (this.checksum === undefined) {
      block.bytes = isConsistent(block) ? this.join(block) : undefined
    } else if (block.sum === undefined) {
      return false
    } else {
      block.bytes = open(this.join(block), block.sum, this.checksum)
    }
    if (block.bytes === undefined) {
      this.blocks.delete(number)
    }
    return block.bytes !== undefined
  }

  private block(number: number): Block {
    let block = this.blocks.get(number)
    if (block === undefined) {
      block = { lines: new Map(), count: undefined, length: undefined, sum: undefined, bytes: undefined }
      this.blocks.set(number, block)
    }
    return block
  }

  private join({ lines }: Block): Buffer {
    return Buffer.concat([...lines].toSorted(([a], [b]) => a - b).map(([, line]) => this.decode(line)))
  }
}

/** What can be said of a block without a checksum: its lines are those that were sent, as far as numbers tell. */
const isConsistent = ({ lines, count, length }: Block): boolean => {
  const total = [...lines.values()].reduce((sum, line) => sum + line.length, 0)
  return (
    lines.size === count && (count === 0 || lines.has(count)) && (length === undefined || length === total)
  )
}

/** The block's own bytes, or undefined where it is damaged. */
const open = (received: Buffer, sum: string, checksum: Checksum): Buffer | undefined => {
  const isCompressed = sum.startsWith(compressed)
  const bytes = isCompressed ? expand(received) : received
  const expected = isCompressed ? sum.slice(compressed.length) : sum
  return bytes !== undefined && expected.startsWith(checksum.of(bytes)) ? bytes : undefined
}

const expand = (bytes: Buffer): Buffer | undefined => {
  try {
    return gunzipSync(bytes, { maxOutputLength: blockSize })
  } catch {
    return undefined
  }
}
