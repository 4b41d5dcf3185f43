import { DrydockError } from '../../common/errors.ts'

/** The longest line QMP may send, in bytes. The longest honest ones are HMP's memory maps, some 100 KiB. */
export const defaultLineLimit = 16 * 1024 * 1024

const newline = 0x0a

/** Cuts a byte stream into lines of UTF-8 text, without their line ends; blank lines are dropped. */
export class LineSplitter {
  readonly #limit: number
  #parts: Buffer[] = []
  #length = 0

  constructor(limit: number = defaultLineLimit) {
    this.#limit = limit
  }

  /** The lines that `chunk` completes. Throws `QMP_LINE_TOO_LONG` once a line passes the limit. */
  push(chunk: Buffer): string[] {
    const lines: string[] = []
    let start = 0
    for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, start)) {
      this.#keep(chunk.subarray(start, end))
      lines.push(this.#take())
      start = end + 1
    }
    this.#keep(chunk.subarray(start))
    return lines.filter((line) => line !== '')
  }

  #keep(part: Buffer): void {
    this.#length += part.length
    if (this.#length > this.#limit) {
      throw new DrydockError(`expected QMP lines of at most ${this.#limit} bytes, found a longer one`, {
        code: 'QMP_LINE_TOO_LONG',
        blame: 'testbed',
        hint: 'What speaks on this socket is not QEMU, or it is out of its mind: look at the QEMU command line.',
      })
    }
    this.#parts.push(part)
  }

  #take(): string {
    const line = Buffer.concat(this.#parts).toString('utf8').trim()
    this.#parts = []
    this.#length = 0
    return line
  }
}
