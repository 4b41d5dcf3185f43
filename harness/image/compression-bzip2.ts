/** What starts a block of a stream, and what its end; 48 bits each, at any bit. */
const blockMark = 0x314159265359n
const endMark = 0x177245385090n
const markBits = 48
/** Blocks unpack to 100 KB and more, so no stream has as many; one that is made of marks is not searched to its end. */
const mostPlaces = 100_000

/** The bits from a place on, as a number; undefined behind the end. */
const bitsAt = (bytes: Buffer, at: number, count: number): bigint | undefined => {
  const first = at >> 3
  const last = (at + count + 7) >> 3
  if (last > bytes.length) return undefined
  let value = 0n
  for (let index = first; index < last; index += 1) value = (value << 8n) | BigInt(bytes[index] ?? 0)
  return (value >> BigInt(last * 8 - at - count)) & ((1n << BigInt(count)) - 1n)
}

/** Every place of a mark, in bits. It is found by the whole bytes in it, which differ for each of the eight shifts. */
function* placesOf(bytes: Buffer, mark: bigint): Generator<number> {
  for (let shift = 0; shift < 8; shift += 1) {
    const lead = (8 - shift) % 8
    const wholeBytes = (markBits - lead) >> 3
    const whole = (mark >> BigInt(markBits - lead - wholeBytes * 8)) & ((1n << BigInt(wholeBytes * 8)) - 1n)
    const pattern = Buffer.from(whole.toString(16).padStart(wholeBytes * 2, '0'), 'hex')
    let at = bytes.indexOf(pattern)
    for (let count = 0; at !== -1 && count < mostPlaces; count += 1, at = bytes.indexOf(pattern, at + 1)) {
      const place = at * 8 - lead
      if (place >= 0 && bitsAt(bytes, place, markBits) === mark) yield place
    }
  }
}

/**
 * How many bytes the first stream of bzip2 takes: up to the mark of its end whose checksum is that of all blocks
 * before; undefined where there is none.
 */
export const bzip2Length = (bytes: Buffer): number | undefined => {
  const marks = [
    ...[...placesOf(bytes, blockMark)].map((at) => ({ at, isEnd: false })),
    ...[...placesOf(bytes, endMark)].map((at) => ({ at, isEnd: true })),
  ].sort((a, b) => a.at - b.at)
  let checksum = 0
  for (const { at, isEnd } of marks) {
    const stored = Number(bitsAt(bytes, at + markBits, 32) ?? 0n)
    if (!isEnd) checksum = (((checksum << 1) | (checksum >>> 31)) ^ stored) >>> 0
    else if (stored === checksum) return Math.ceil((at + markBits + 32) / 8)
  }
  return undefined
}
