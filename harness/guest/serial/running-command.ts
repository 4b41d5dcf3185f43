import { blockSize, type GuestTools } from './agent-script.ts'
import type { Frame } from './frame.ts'
import { StreamAssembly } from './stream-assembly.ts'

/** What has come back of one command so far. */
export class RunningCommand {
  readonly id: string
  /** The shell's `$?`, once it has ended. */
  status: number | undefined
  /** The guest said it has sent everything it was asked for. */
  isSent = false
  /** The guest has never heard of it: the line that starts it was lost. */
  isUnknown = false
  /** There was no room in the guest to keep its output. */
  isSpoolFull = false
  /** When the last frame of it came, in `performance.now()` time. */
  lastFrameAt = performance.now()
  private readonly streams: Readonly<Record<'o' | 'e', StreamAssembly>>
  private sizes: Readonly<Record<'o' | 'e', number | undefined>> = { o: undefined, e: undefined }

  constructor(id: string, tools: GuestTools) {
    this.id = id
    const stream = (): StreamAssembly => new StreamAssembly(tools.encoding.decode, tools.blocks?.checksum)
    this.streams = { o: stream(), e: stream() }
  }

  get stdout(): Buffer {
    return this.streams.o.bytes()
  }

  get stderr(): Buffer {
    return this.streams.e.bytes()
  }

  take(frame: Frame): void {
    if (frame.id !== this.id) {
      return
    }
    this.lastFrameAt = performance.now()
    const [first, second, third] = frame.fields
    switch (frame.kind) {
      case 'L':
      case 'Y':
        if (first === 'o' || first === 'e') {
          this.streams[first].take(frame)
        }
        break
      case 'X':
        this.status = Number(first)
        this.sizes = { o: sizeOf(second), e: sizeOf(third) }
        break
      case 'N':
        this.isSpoolFull = true
        break
      case 'Z':
        this.isSent = true
        break
      case 'V':
        this.isUnknown = first === 'none'
        break
    }
  }

  /** What must be asked for again, as commands to type; empty once all has arrived. */
  missing(): readonly string[] {
    return (['o', 'e'] as const).flatMap((name) => {
      const size = this.sizes[name]
      const stream = this.streams[name]
      const blocks = size === undefined ? 1 : Math.ceil(size / blockSize)
      return stream.missing(blocks).map((block) => {
        const lines = stream.missingLines(block, maxLinesAsked)
        const wanted = lines === undefined ? '' : ` ,${lines.join(',')},`
        return `G ${this.id} ${name} ${block} ${size ?? ''}${wanted}`
      })
    })
  }
}

/** Fewer missing lines than these are asked for one by one, else the whole block. */
const maxLinesAsked = 400

/** A guest that cannot count sends `-`: then everything is one block. */
const sizeOf = (field: string | undefined): number | undefined => (field === '-' ? undefined : Number(field))
