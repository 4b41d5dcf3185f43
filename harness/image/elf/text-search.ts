import { type ElfHeader, type Segment, segmentType } from './header.ts'

/** Bytes that say something of the file they are found in. */
export interface TextMark {
  readonly text: string
  /** What must be true of a find for it to count: the bytes from it on, at least 64 where the file has them. */
  readonly proof?: (bytes: Buffer, offset: number) => boolean
}

const chunkBytes = 1024 ** 2
// Used again and again, since fresh memory costs more than the search.
const proofBytes = 64
const room = Buffer.allocUnsafeSlow(chunkBytes + proofBytes)
// Programs of this size have shown their marks long before.
const maxBytes = 32 * chunkBytes

/**
 * Looks through what is loaded of a program, apart from its code; gives where each mark was found first, in bytes from
 * the start of the file.
 */
export const searchTexts = (header: ElfHeader, marks: readonly TextMark[]): ReadonlyMap<TextMark, number> => {
  const found = new Map<TextMark, number>()
  const { source } = header.bytes
  let left = maxBytes
  for (const { offset, fileSize } of constantSegments(header)) {
    const end = Math.min(offset + fileSize, source.size, offset + left)
    for (let start = offset; start < end && found.size < marks.length; start += chunkBytes) {
      const chunk = source.read(start, Math.min(chunkBytes + proofBytes, end - start), room)
      for (const mark of marks) {
        const at = found.has(mark) ? undefined : findIn(chunk, start, mark)
        if (at !== undefined) found.set(mark, start + at)
      }
    }
    left -= Math.max(0, end - offset)
  }
  return found
}

/**
 * Where constants are. Older linkers put them among the code, and others among the tables at the start; without a
 * segment of their own, everything is taken.
 */
const constantSegments = ({ segments }: ElfHeader): readonly Segment[] => {
  const loaded = segments.filter(({ type }) => type === segmentType.load)
  const data = loaded.filter(({ executable }) => !executable)
  const [tables, ...constants] = data.filter(({ writable }) => !writable)
  if (constants.length > 0) return data.filter((segment) => segment !== tables)
  return tables !== undefined && tables.offset > 0 ? data : loaded
}

const findIn = (chunk: Buffer, start: number, { text, proof }: TextMark): number | undefined => {
  for (let at = chunk.indexOf(text, 0, 'latin1'); at !== -1; at = chunk.indexOf(text, at + 1, 'latin1')) {
    if (proof === undefined || proof(chunk.subarray(at, at + proofBytes), start + at)) return at
  }
  return undefined
}
