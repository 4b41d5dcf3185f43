import { DrydockError } from '../../common/errors.ts'

/** A terminal in line mode takes 4095 characters at a time; the rest of a line would be lost. */
const maxTyped = 3500

/** A script longer than this does not fit into one argument of the guest's `sh`. */
const maxScript = 100_000

/** Escapes bytes so that `printf %b` gives them back and they can stand within single quotes on a typed line. */
export const escapeBytes = (bytes: Uint8Array): string => {
  let text = ''
  for (const byte of bytes) {
    const isPlain = byte >= 0x20 && byte < 0x7f && byte !== 0x27 && byte !== 0x5c
    text += isPlain ? String.fromCharCode(byte) : `\\0${byte.toString(8).padStart(3, '0')}`
  }
  return text
}

/** @throws DrydockError `SCRIPT_UNTYPABLE` (usage) for a script with a NUL character or of more than 100,000 bytes. */
export const escapeScript = (script: string): string => {
  const bytes = Buffer.from(script)
  const problem = bytes.includes(0)
    ? 'it contains a NUL character'
    : bytes.length > maxScript
      ? `it has ${bytes.length} bytes, at most ${maxScript} fit`
      : undefined
  if (problem !== undefined) {
    throw new DrydockError(`a script cannot be typed on the serial line: ${problem}`, {
      code: 'SCRIPT_UNTYPABLE',
      blame: 'usage',
      hint: 'Give the data to the script on its standard input.',
    })
  }
  return escapeBytes(bytes)
}

/** Cuts text into pieces that fit on a typed line, never within an escape of `escapeBytes`. */
export const typedPieces = (text: string): readonly string[] => {
  const pieces: string[] = []
  for (let start = 0; start < text.length; ) {
    let end = Math.min(text.length, start + maxTyped)
    if (end < text.length) {
      const backslash = text.lastIndexOf('\\', end - 1)
      end = backslash > end - 5 && backslash > start ? backslash : end
    }
    pieces.push(text.slice(start, end))
    start = end
  }
  return pieces
}
