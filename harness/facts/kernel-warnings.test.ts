import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { kernelWarnings, normaliseKernelMessage } from './kernel-warnings.ts'

/** Pieces that messages are made of, with all that varies in them. */
const piece = fc.oneof(
  fc.constantFrom(
    'CPU0',
    'CPU: 3',
    'CPUs 0-7',
    'PID: 12',
    'pid=77',
    'audit(1732.123:4):',
    '[42]',
    '+0x1a/0x2b0',
  ),
  fc.constantFrom(
    'TIME',
    'ADDRESS',
    'CPU N',
    'took',
    'x86/cpu:',
    '52:54:00:12:34:56',
    '2026-11-24T09:00:14Z',
  ),
  fc.bigInt(0n, 2n ** 64n - 1n).map((value) => value.toString(16).padStart(16, '0')),
  fc.integer({ min: 0 }).map((value) => `0x${value.toString(16)}`),
  fc
    .tuple(fc.nat(), fc.constantFrom('ms', ' seconds', ' MHz', 'ns'))
    .map(([value, unit]) => `${value}${unit}`),
  fc.string({ maxLength: 12 }),
)
const message = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(' '))

describe('normaliseKernelMessage', () => {
  it('should leave alone what it has normalised before', () => {
    fc.assert(
      fc.property(message, (text) => {
        const once = normaliseKernelMessage(text)
        expect(normaliseKernelMessage(once)).toBe(once)
      }),
      { numRuns: 2000 },
    )
  })

  it('should make one line of the same message of two boots', () => {
    const one = 'WARNING: CPU: 0 PID: 134 at mm/slub.c:12 kfree+0x12/0x340 ffff888003a41200 took 12 ms'
    const other = 'WARNING: CPU: 3 PID: 97 at mm/slub.c:12 kfree+0x12/0x340 ffff8880deadb000 took 3.5 ms'
    expect(normaliseKernelMessage(one)).toBe(normaliseKernelMessage(other))
  })

  it('should tell messages apart that say something else', () => {
    expect(normaliseKernelMessage('WARNING: at mm/slub.c:12')).not.toBe(
      normaliseKernelMessage('WARNING: at mm/slab.c:12'),
    )
  })
})

describe('kernelWarnings', () => {
  it('should keep warnings and worse, each once, without what the test bed causes', () => {
    expect(
      kernelWarnings([
        { level: 4, text: 'BUG: bad page at 0xffffffff81000000' },
        { level: 3, text: 'BUG: bad page at 0xffffffff82000000' },
        { level: 6, text: 'Linux version 6.12' },
        {
          level: 4,
          text: "clocksource: Marking clocksource 'tsc' as unstable because the skew is too large",
        },
        { level: 4, text: 'APIC calibration not consistent with PM-Timer: 101ms instead of 100ms' },
        { level: 4, text: 'clocksource: Clocksource tsc interval: 1503822 ns' },
        { level: undefined, text: 'continued' },
        { level: 4, text: '' },
      ]),
    ).toEqual(['BUG: bad page at ADDRESS'])
  })
})
