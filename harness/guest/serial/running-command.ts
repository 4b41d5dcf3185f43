import { blockSize, type GuestTools } from './agent-transfer.ts'
import type { Frame } from './frame.ts'
import { StreamAssembly } from './stream-assembly.ts'
import { TextAssembly } from './text-assembly.ts'

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
  /** How many characters of its script arrived, where not all did. */
  typedLength: number | undefined
  private tools: GuestTools | undefined
  /** None as long as the guest can send nothing but short texts. */
  private readonly streams: Partial<Record<'o' | 'e', StreamAssembly>> = {}
  private readonly texts = { o: new TextAssembly(), e: new TextAssembly() }
  private readonly sizes: Record<'o' | 'e', Size> = { o: 'small', e: 'small' }

  /** @param tools Undefined: the guest can send nothing but short texts yet. */
  constructor(id: string, tools: GuestTools | undefined) {
    this.id = id
    if (tools !== undefined) this.equip(tools)
  }

  /** From now on the guest can send any bytes. */
  equip(tools: GuestTools): void {
    this.tools = tools
    for (const name of ['o', 'e'] as const) this.streams[name] = newAssembly(tools, this.sizes[name])
  }

  get stdout(): Buffer {
    return this.bytesOf('o')
  }

  get stderr(): Buffer {
    return this.bytesOf('e')
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
          this.streams[first]?.take(frame)
        }
        break
      case 'P':
        if (first === 'o' || first === 'e') {
          this.texts[first].take(frame)
        }
        break
      case 'X':
        this.status = Number(first)
        this.expect('o', sizeOf(second))
        this.expect('e', sizeOf(third))
        this.isSent ||= second === '0' && third === '0'
        break
      case 'A':
        this.typedLength = Number(first)
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
      if (size === 'small') {
        const isHere = this.texts[name].bytes() !== undefined || stream?.missing(1).length === 0
        return isHere ? [] : [`{ M ${this.id} ${name}||B ${this.id};}`]
      }
      if (stream === undefined) return size === 0 ? [] : [`B ${this.id}`]
      const blocks = size === undefined ? 1 : Math.ceil(size / blockSize)
      return stream.missing(blocks).map((block) => {
        const lines = stream.missingLines(block, maxLinesAsked)
        const wanted = lines === undefined ? '' : ` ,${lines.join(',')},`
        return `G ${this.id} ${name} ${block} ${size ?? ''}${wanted}`
      })
    })
  }

  /** Whether the guest keeps much of it. */
  get isLarge(): boolean {
    return (['o', 'e'] as const).some((name) => this.sizes[name] !== 'small' && this.sizes[name] !== 0)
  }

  private bytesOf(name: 'o' | 'e'): Buffer {
    const text = this.sizes[name] === 'small' ? this.texts[name].bytes() : undefined
    return text ?? this.streams[name]?.bytes() ?? Buffer.alloc(0)
  }

  /** What counts as small may turn out not to be, and is then sent in another way. */
  private expect(name: 'o' | 'e', size: Size): void {
    if (this.sizes[name] === size) return
    this.sizes[name] = size
    if (this.tools !== undefined) this.streams[name] = newAssembly(this.tools, size)
  }
}

const newAssembly = ({ encoding, blocks }: GuestTools, size: Size): StreamAssembly =>
  new StreamAssembly(encoding.decode, size === 'small' ? undefined : blocks?.checksum)

/** Bytes; undefined: unknown, all in one block; `small`: a few lines, without a checksum. */
type Size = number | 'small' | undefined

/** Fewer missing lines than these are asked for one by one, else the whole block. */
const maxLinesAsked = 400

/** A guest that cannot count sends `-`: then everything is one block. */
const sizeOf = (field: string | undefined): Size =>
  field === '+' ? 'small' : field === '-' ? undefined : Number(field)
