/** Makes guest output safe for a terminal: control and escape bytes become visible `\xNN`, lines stay lines. */
export const neutralise = (text: string): string =>
  text
    .replace(/\r\n?/g, '\n')
    .replace(
      /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/g,
      (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
    )

/** The same for one line: line breaks and tabs become blanks, and it is cut at `limit` characters. */
export const neutraliseLine = (text: string, limit = 500): string => {
  const line = neutralise(text)
    .replace(/[\n\t]+/g, ' ')
    .trim()
  return line.length > limit ? `${line.slice(0, limit - 1)}…` : line
}

/** The last `count` lines. */
export const lastLines = (text: string, count: number): string =>
  text.replace(/\n+$/, '').split('\n').slice(-count).join('\n')
