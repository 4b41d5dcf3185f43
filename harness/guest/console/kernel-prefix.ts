/** A piece of a console line: what the kernel wrote behind its time stamp, or text without a stamp. */
export interface Segment {
  readonly text: string
  readonly stamped: boolean
}

/** `[   12.345678] `, with a level `<4>` in front and the caller `[  T123]` behind where the kernel is told to show them. */
const stamp = /(?:<\d{1,3}>)?\[ {0,8}\d{1,9}\.\d{6}\](?:\[ *[TC]\d+\])? ?/g

/**
 * Cuts a console line at the kernel's time stamps: the kernel prints in the middle of what programs print, so a
 * message may start anywhere in a line.
 */
export const segments = (line: string): readonly Segment[] => {
  const found: Segment[] = []
  let start = 0
  let stamped = false
  for (const match of line.matchAll(stamp)) {
    if (match.index > start || stamped) {
      found.push({ text: line.slice(start, match.index), stamped })
    }
    start = match.index + match[0].length
    stamped = true
  }
  found.push({ text: line.slice(start), stamped })
  return found
}
