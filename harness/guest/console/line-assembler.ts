/** A line longer than this many characters is cut into several. */
export const maxLineLength = 8192

const ESC = '\u001b'
const controlOrEnd = /[\r\n\u001b]/g

/**
 * Turns console bytes, in whatever pieces they come, into lines without line ends and escape sequences.
 * A lone carriage return ends a line too (firmware, progress bars), so that a kernel message behind one still starts a line.
 * The result does not depend on how the bytes are cut into chunks.
 */
export class LineAssembler {
  private readonly decoder = new TextDecoder('utf-8')
  private current = ''
  private afterReturn = false
  private escape = ''

  /** The text of the line that has not ended yet, for example a prompt. */
  get partial(): string {
    return this.current
  }

  /** Takes the next bytes; calls `onLine` for each line that they end. */
  push(bytes: Uint8Array, onLine: (text: string) => void): void {
    this.take(this.decoder.decode(bytes, { stream: true }), onLine)
  }

  /** The stream has ended: gives out what is left. */
  finish(onLine: (text: string) => void): void {
    this.take(this.decoder.decode(), onLine)
    if (this.current !== '') {
      this.end(onLine)
    }
  }

  private take(text: string, onLine: (text: string) => void): void {
    let position = 0
    while (position < text.length) {
      if (this.escape !== '') {
        position = this.takeEscape(text, position)
        continue
      }
      controlOrEnd.lastIndex = position
      const found = controlOrEnd.exec(text)
      this.append(text.slice(position, found?.index ?? text.length), onLine)
      if (found === null) {
        return
      }
      position = found.index + 1
      this.takeControl(found[0], onLine)
    }
  }

  private takeControl(character: string, onLine: (text: string) => void): void {
    if (character === ESC) {
      this.escape = ESC
    } else if (character === '\r') {
      if (!this.afterReturn) {
        this.end(onLine)
      }
      this.afterReturn = true
    } else if (this.afterReturn) {
      this.afterReturn = false
    } else {
      this.end(onLine)
    }
  }

  private append(text: string, onLine: (text: string) => void): void {
    if (text === '') {
      return
    }
    this.afterReturn = false
    this.current += text
    while (this.current.length > maxLineLength) {
      const rest = this.current.slice(maxLineLength)
      this.current = this.current.slice(0, maxLineLength)
      onLine(this.current)
      this.current = rest
    }
  }

  private end(onLine: (text: string) => void): void {
    const line = this.current
    this.current = ''
    onLine(line)
  }

  /** Swallows one character of an escape sequence (ECMA-48: CSI, OSC and the like, two-character forms). */
  private takeEscape(text: string, position: number): number {
    const character = text.charAt(position)
    const kind = this.escape.charAt(1)
    if (character === '\n' || character === '\r' || this.escape.length >= maxEscapeLength) {
      // A sequence that never ends must not swallow the log.
      this.escape = ''
      return position
    }
    this.escape = character === ESC ? ESC : this.escape + character
    if (this.escape !== ESC && isEscapeComplete(kind, character, this.escape.length)) {
      this.escape = ''
    }
    return position + 1
  }
}

const maxEscapeLength = 256
const stringIntroducers = ']PX^_'

const isEscapeComplete = (kind: string, character: string, length: number): boolean => {
  if (length === 2) {
    return character !== '[' && !stringIntroducers.includes(character) && !isIntermediate(character)
  }
  if (kind === '[') {
    return character >= '@' && character <= '~'
  }
  if (stringIntroducers.includes(kind)) {
    return character === '\u0007' || character === '\\' || character === '\u009c'
  }
  return !isIntermediate(character)
}

const isIntermediate = (character: string): boolean => character >= ' ' && character <= '/'
