import { neutralise } from '../../common/text.ts'

/** A finished line of the console, without its line end and escape sequences. */
export interface ConsoleLine {
  /** Counts from 0, without gaps. */
  readonly number: number
  /** Milliseconds since the guest's start. */
  readonly at: number
  readonly text: string
}

const maxLines = 4000
const maxCharacters = 1_000_000

/** The last lines of a console, bounded in count and size. */
export class Transcript {
  private kept: ConsoleLine[] = []
  private characters = 0
  private next = 0

  /** The number that the next line will have. */
  get nextNumber(): number {
    return this.next
  }

  add(text: string, at: number): ConsoleLine {
    const line = { number: this.next, at, text }
    this.next += 1
    this.kept.push(line)
    this.characters += text.length
    if (this.kept.length > 2 * maxLines || this.characters > 2 * maxCharacters) {
      this.forget()
    }
    return line
  }

  /** The lines still kept, from `number` on. */
  from(number: number): readonly ConsoleLine[] {
    const first = this.kept[0]?.number ?? 0
    return this.kept.slice(Math.max(0, number - first))
  }

  /** The last lines, neutralised, the unfinished one included. */
  tail(count: number, partial: string): string {
    const texts = this.kept.slice(-count).map(({ text }) => text)
    return [...texts, ...(partial === '' ? [] : [partial])]
      .slice(-count)
      .map((text) => neutralise(text))
      .join('\n')
  }

  private forget(): void {
    let { length } = this.kept
    let characters = 0
    while (length > 0 && this.kept.length - length < maxLines && characters <= maxCharacters) {
      length -= 1
      characters += this.kept[length]?.text.length ?? 0
    }
    this.kept = this.kept.slice(length)
    this.characters = characters
  }
}
