import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DrydockError } from '../common/errors.ts'
import { readElf } from './elf.ts'
import { buildElf, elfWriter } from './testing/elf-builder.ts'

describe('readElf on damaged files', () => {
  const whole = buildElf({
    segments: [
      { type: 3, content: Buffer.from('/lib/ld.so\0') },
      { type: 0x6474e552 },
      { type: 0x6474e551, flags: 6 },
      {
        type: 4,
        content: Buffer.concat([
          ...[4, 16, 5].map((value) => elfWriter().int(value)),
          Buffer.from('GNU\0'),
          Buffer.alloc(16),
        ]),
      },
    ],
    dynamic: [
      [0x6ffffffb, 0x08000001],
      [1, 'libc.so.6'],
      [29, '/opt'],
    ],
    sections: { '.comment': Buffer.from('GCC: (x)'), '.go.buildinfo': Buffer.alloc(32) },
  })
  const accepted = (bytes: Buffer): boolean => {
    try {
      readElf(bytes)
      return true
    } catch (error) {
      if (error instanceof DrydockError && error.code === 'ELF_DAMAGED') return false
      throw error
    }
  }

  it('should answer every truncation with facts or one error', () => {
    for (let length = 0; length <= whole.length; length += 1) accepted(whole.subarray(0, length))
    expect(accepted(whole)).toBe(true)
  })

  it('should answer every change of bytes with facts or one error', () => {
    const change = fc.tuple(fc.nat(whole.length - 1), fc.constantFrom(0, 1, 2, 8, 0x7f, 0x80, 0xff))
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 12 }), (changes) => {
        const bytes = Buffer.from(whole)
        for (const [at, value] of changes) bytes[at] = value
        accepted(bytes)
      }),
      { numRuns: 2000 },
    )
  })

  it('should answer random bytes after the magic with facts or one error', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 400 }),
        fc.constantFrom(1, 2),
        fc.constantFrom(1, 2),
        (random, kind, order) => {
          accepted(Buffer.concat([Buffer.from([0x7f, 0x45, 0x4c, 0x46, kind, order]), random]))
        },
      ),
    )
  })
})
