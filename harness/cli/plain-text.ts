/** Rows as lines, each column as wide as its longest cell. */
export const columns = (rows: readonly (readonly string[])[]): readonly string[] => {
  const widths: number[] = []
  for (const row of rows) {
    for (let at = 0; at < row.length; at += 1) {
      widths[at] = Math.max(widths[at] ?? 0, row[at]?.length ?? 0)
    }
  }
  return rows.map((row) => {
    let line = ''
    for (let at = 0; at < row.length; at += 1) {
      if (at > 0) line += '  '
      line += row[at]?.padEnd(widths[at] ?? 0) ?? ''
    }
    return line.trimEnd()
  })
}

/** Text in lines of at most `width` columns, broken at blanks, each behind `indent`; longer words stay whole. */
export const wrapped = (text: string, width: number, indent: string): readonly string[] => {
  const room = width - indent.length
  const lines: string[] = []
  let start = 0
  while (text.length - start > room) {
    const last = text.lastIndexOf(' ', start + room)
    const end = last > start ? last : text.indexOf(' ', start + 1)
    if (end === -1) break
    lines.push(indent + text.slice(start, end))
    start = end + 1
  }
  lines.push(indent + text.slice(start))
  return lines
}
