import fc from 'fast-check'

/** Numbers at which lengths and offsets go wrong. */
const edges = [
  0, 1, 2, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fffffff, 0x80000000, 0xfffffff0, 0xffffffff,
]

type Change =
  | { readonly put: number; readonly at: number; readonly width: number }
  | { readonly copy: number; readonly at: number; readonly length: number }

/** How a sample is damaged; short, so that a counterexample can be read. */
export interface Damage {
  readonly changes: readonly Change[]
  /** Bytes that are left of it. */
  readonly length: number
}

/**
 * Changed bytes, numbers of 16 and 32 bits at their edges, pieces copied elsewhere, the end cut off. Most changes go
 * where the sample is not zero, as that is where its structures are.
 */
export const damageTo = (sample: Buffer): fc.Arbitrary<Damage> => {
  const used = Uint32Array.from([...sample.keys()].filter((at) => sample[at] !== 0))
  const last = Math.max(0, sample.length - 1)
  const at = fc.oneof(
    { weight: 4, arbitrary: fc.nat(Math.max(0, used.length - 1)).map((index) => used[index] ?? 0) },
    { weight: 1, arbitrary: fc.nat(last) },
  )
  const change: fc.Arbitrary<Change> = fc.oneof(
    { weight: 4, arbitrary: fc.record({ put: fc.nat(255), at, width: fc.constant(1) }) },
    {
      weight: 4,
      arbitrary: fc
        .record({ put: fc.constantFrom(...edges), at, width: fc.constantFrom(2, 4) })
        .map(({ put, at: place, width }) => ({ put, at: place & ~(width - 1), width })),
    },
    { weight: 1, arbitrary: fc.record({ copy: at, at, length: fc.integer({ min: 1, max: 512 }) }) },
  )
  const length = fc.oneof(
    { weight: 5, arbitrary: fc.constant(sample.length) },
    { weight: 1, arbitrary: fc.nat(sample.length) },
  )
  return fc.record({ changes: fc.array(change, { minLength: 1, maxLength: 6 }), length })
}

/** A damaged copy. */
export const damage = (sample: Buffer, { changes, length }: Damage): Buffer => {
  const bytes = Buffer.from(sample)
  for (const change of changes) {
    const { at } = change
    if ('copy' in change) bytes.copy(bytes, at, change.copy, change.copy + change.length)
    else if (at + change.width <= bytes.length) {
      bytes.writeUIntLE(change.put % 2 ** (8 * change.width), at, change.width)
    }
  }
  return bytes.subarray(0, length)
}
