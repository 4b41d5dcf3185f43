import { z } from 'zod'

/** Text that a console wrote, or a mark, at a time in seconds since the guest's start. */
export type RecordedEvent = readonly [at: number, code: 'o' | 'm', text: string]

/** A console as it went, from asciicast v2 (https://docs.asciinema.org/manual/asciicast/v2/). */
export interface ConsoleRecording {
  readonly columns: number
  readonly rows: number
  readonly events: readonly RecordedEvent[]
  /** Why the end is missing; undefined where nothing is. */
  readonly cut: string | undefined
}

/** A finished line and when its last byte came. */
export interface RecordedLine {
  readonly at: number
  readonly text: string
}

const header = z.object({
  version: z.literal(2),
  width: z.int().min(1).max(1000),
  height: z.int().min(1).max(1000),
})
const event = z.tuple([z.number().nonnegative(), z.string(), z.string()])

const mostCharacters = 8 * 1024 * 1024

/** Seconds within which pieces of output are one event: no eye tells them apart, and serial lines give single bytes. */
const grain = 0.02

const parseJson = (line: string): unknown => {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}

/** Undefined where the text is no recording. A half-written end is left out, as that of a guest that was killed. */
export const parseRecording = (text: string): ConsoleRecording | undefined => {
  const [first = '', ...lines] = text.slice(0, mostCharacters).split('\n')
  const { data: head } = header.safeParse(parseJson(first))
  if (head === undefined) return undefined
  const events: [number, 'o' | 'm', string][] = []
  let cut = text.length > mostCharacters ? 'the recording is longer than a report holds' : undefined
  for (const line of lines) {
    if (line === '') continue
    const { data } = event.safeParse(parseJson(line))
    if (data === undefined) {
      cut ??= 'the recording ends in the middle of an event'
      break
    }
    const [at, code, said] = data
    const last = events.at(-1)
    if (code === 'o' && last?.[1] === 'o' && at - last[0] < grain) last[2] += said
    else if (code === 'o' || code === 'm') events.push([at, code, said])
  }
  return { columns: head.width, rows: head.height, events, cut }
}

// Escape sequences (ECMA-48): CSI, OSC and the like up to their end, and those of two bytes.
const escapes = /\u001b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[ -/]*[0-~])/g

/** Its lines without escape sequences, each with its time. */
export const linesOf = ({ events }: ConsoleRecording): readonly RecordedLine[] => {
  const lines: RecordedLine[] = []
  let rest = ''
  let last = 0
  for (const [at, code, text] of events) {
    if (code !== 'o') continue
    last = at
    const [head = '', ...more] = `${rest}${text}`.split('\n')
    const pieces = [head, ...more]
    rest = pieces.pop() ?? ''
    for (const piece of pieces) lines.push({ at, text: piece.replace(escapes, '').replaceAll('\r', '') })
  }
  if (rest !== '') lines.push({ at: last, text: rest.replace(escapes, '').replaceAll('\r', '') })
  return lines
}
