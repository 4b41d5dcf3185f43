import type { Frame } from './frame.ts'

/** Puts together a small output stream that the guest sends as lines of text. */
export class TextAssembly {
  private readonly lines = new Map<number, string>()
  private count: number | undefined
  /** Bytes, as the guest's kernel counts them. */
  private size: number | undefined

  /** Takes a frame of kind P: a line with its number from 1, whether its end is missing, its length; or the sums. */
  take({ fields: [, number, second, third, ...text] }: Frame): void {
    if (number === 'end') {
      this.count = Number(second)
      this.size = Number(third)
      return
    }
    const line = text.join(';')
    if (line.length === Number(third)) {
      this.lines.set(Number(number), second === '0' ? `${line}\n` : line)
    }
  }

  /** All of it; undefined where something is missing, or the guest's shell could not read all that there was. */
  bytes(): Buffer | undefined {
    const { count = 0, lines, size } = this
    const found = Array.from({ length: Math.min(count, lines.size) }, (_, index) => lines.get(index + 1))
    const bytes = Buffer.from(found.join(''))
    return lines.size === count && bytes.length === size ? bytes : undefined
  }
}
