import { gunzipSync } from 'node:zlib'
import { blockSize } from './agent-script.ts'
import type { Checksum } from './checksums.ts'
import type { Frame } from './frame.ts'

interface Block {
  readonly lines: Map<number, Buffer>
  /** How many lines it has, once the guest said so. */
  count: number | undefined
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
    } else {
      const [, , number, length, payload = ''] = fields
      if (payload.length === Number(length)) {
        block.lines.set(Number(number), this.decode(payload))
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
      block.bytes = join(block)
      return true
    }
    if (block.sum === undefined) {
      return false
    }
    block.bytes = open(join(block), block.sum, this.checksum)
    if (block.bytes === undefined) {
      this.blocks.delete(number)
    }
    return block.bytes !== undefined
  }

  private block(number: number): Block {
    let block = this.blocks.get(number)
    if (block === undefined) {
      block = { lines: new Map(), count: undefined, sum: undefined, bytes: undefined }
      this.blocks.set(number, block)
    }
    return block
  }
}

const join = (block: Block): Buffer =>
  Buffer.concat([...block.lines].toSorted(([a], [b]) => a - b).map(([, bytes]) => bytes))

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
