import type { Duplex } from 'node:stream'

/** As much as a pattern may look back on. */
const keptCharacters = 64 * 1024

/**
 * What a plain expect script does with a serial line: waits for a pattern, types, waits again. It is the measure that
 * the harness is held against, so it shares nothing with it.
 */
export class BareLine {
  private readonly stream: Duplex
  private text = ''
  private waiting: (() => void) | undefined

  constructor(stream: Duplex) {
    this.stream = stream
    stream.on('data', (bytes: Buffer) => {
      this.text = (this.text + bytes.toString('latin1')).slice(-keptCharacters)
      this.waiting?.()
    })
  }

  type(text: string): void {
    this.stream.write(text)
  }

  /** The match, once it is there; what stands before its end is not looked at again. */
  expect(pattern: RegExp, timeoutMs: number): Promise<RegExpExecArray> {
    return new Promise((resolve, reject) => {
      const settle = () => {
        clearTimeout(timer)
        this.stream.off('close', lost)
        this.waiting = undefined
      }
      const lost = () => {
        settle()
        reject(new Error(`the line ended before ${pattern}; last: ${this.text.slice(-200)}`))
      }
      const look = () => {
        const match = pattern.exec(this.text)
        if (match === null) return
        settle()
        this.text = this.text.slice(match.index + match[0].length)
        resolve(match)
      }
      const timer = setTimeout(() => {
        settle()
        reject(new Error(`no ${pattern} within ${timeoutMs} ms; last: ${this.text.slice(-200)}`))
      }, timeoutMs)
      this.stream.once('close', lost)
      this.waiting = look
      look()
    })
  }
}
