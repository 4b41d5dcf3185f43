/** What the guest's end of a serial shell sends: one line `@@TOKEN;id;kind;field;...~`. */
export interface Frame {
  readonly id: string
  readonly kind: string
  readonly fields: readonly string[]
}

/** A frame with a line of text in it: printable characters, of which the last field says how many. */
const text = '\\d+;P;[ -}]*'

/** Characters of other frames: base64, hexadecimal with blanks, numbers. The kernel's own lines have others in their first few. */
const body = '[A-Za-z0-9+/=;. -]*'

/**
 * Reads frames out of console lines. Anything else on the line, such as a kernel message printed into the middle of a
 * frame, comes back as `rest`: it is no part of the protocol, and the torn frame is simply missing.
 */
export const frameReader = (
  token: string,
): ((line: string) => { frames: readonly Frame[]; rest: string }) => {
  const whole = new RegExp(`@@${token};(${text}|${body})~`, 'g')
  const torn = new RegExp(`@@${token};(?:${text}|${body})`, 'g')
  const start = `@@${token};`
  return (line) => {
    if (!line.includes(start)) {
      return { frames: [], rest: line }
    }
    const frames: Frame[] = []
    for (const [, content = ''] of line.matchAll(whole)) {
      const [id = '', kind = '', ...fields] = content.split(';')
      frames.push({ id, kind, fields })
    }
    return { frames, rest: line.replace(whole, '').replace(torn, '') }
  }
}

/** Takes frames of one kind. */
export const isKind =
  (id: string, kind: string) =>
  (frame: Frame): Frame | undefined =>
    frame.id === id && frame.kind === kind ? frame : undefined
