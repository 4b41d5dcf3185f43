/** How much the addresses of one part of a program vary from start to start. */
export interface Randomness {
  /** Bits of entropy above the granularity, estimated; at most those of the distance between lowest and highest. */
  readonly bits: number
  readonly distinct: number
  readonly lowest: bigint
  readonly highest: bigint
}

/**
 * Estimates the entropy of addresses that are drawn evenly from a range: the logarithm of their spread, but no more
 * than there are bits that vary. Of 32 even draws the spread is under half of the range once in 10^8.
 * @param granularity Bytes, a power of two: below it no address counts
 * @throws RangeError where there is no address
 */
export const randomnessOf = (addresses: readonly bigint[], granularity: number): Randomness => {
  const units = addresses.map((address) => address / BigInt(granularity))
  const [first] = units
  if (first === undefined) throw new RangeError('expected addresses, found none')
  const low = units.reduce((least, unit) => (unit < least ? unit : least), first)
  const high = units.reduce((most, unit) => (unit > most ? unit : most), first)
  const varying = units.reduce((bits, unit) => bits | (unit ^ first), 0n)
  const varyingBits = [...varying.toString(2)].filter((digit) => digit === '1').length
  return {
    bits: Math.min(Math.log2(Number(high - low) + 1), varyingBits),
    distinct: new Set(units).size,
    lowest: low * BigInt(granularity),
    highest: high * BigInt(granularity),
  }
}
