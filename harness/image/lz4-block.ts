/**
 * Decodes one block of LZ4 (its block format description 1.6.x) until `length` bytes are there; what follows in the
 * input is ignored, as the blocks of file systems are padded.
 * @returns undefined where the block is damaged or too short
 */
export const decodeLz4Block = (input: Buffer, length: number): Buffer | undefined => {
  const output = Buffer.allocUnsafe(length)
  let from = 0
  let to = 0
  /** A length of 15 in the token goes on in bytes, up to the first that is not 255. */
  const longer = (short: number): number => {
    let sum = short
    if (short !== 15) return sum
    for (let byte = 255; byte === 255 && from < input.length; from += 1) {
      byte = input[from] ?? 0
      sum += byte
    }
    return sum
  }
  while (to < length) {
    const token = input[from]
    if (token === undefined) return undefined
    from += 1
    const literals = Math.min(longer(token >> 4), length - to)
    if (from + literals > input.length) return undefined
    input.copy(output, to, from, from + literals)
    from += literals
    to += literals
    if (to === length) break
    if (from + 2 > input.length) return undefined
    const distance = input.readUInt16LE(from)
    from += 2
    if (distance === 0 || distance > to) return undefined
    const end = Math.min(to + longer(token & 15) + 4, length)
    // What is copied may overlap with where it goes: then it repeats itself.
    if (distance >= end - to) {
      output.copyWithin(to, to - distance, end - distance)
      to = end
    } else for (; to < end; to += 1) output[to] = output[to - distance] ?? 0
  }
  return output
}
