import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { LineAssembler } from './line-assembler.ts'
import { Watcher } from './watcher.ts'

const fixture = (name: string): unknown =>
  parse(readFileSync(new URL(`../../../fixtures/serial/${name}`, import.meta.url), 'utf8'))

const deaths = z
  .array(
    z.strictObject({
      kind: z.string(),
      severity: z.enum(['fatal', 'serious', 'warning']),
      kernel: z.string(),
      architecture: z.string(),
      source: z.string(),
      text: z.string(),
    }),
  )
  .parse(fixture('kernel-deaths.yml'))
const harmless = z.array(z.string()).parse(fixture('harmless.yml'))

const watchAll = (lines: readonly string[]): Watcher => {
  const watcher = new Watcher()
  for (const line of lines) {
    watcher.line(line, 0)
  }
  watcher.tick(Number.POSITIVE_INFINITY)
  return watcher
}

/** As on a console whose kernel has been stamping its lines for a while. */
const stampedBoot = Array.from(
  { length: 40 },
  (_, index) => `[    0.${String(index).padStart(6, '0')}] booting`,
)

describe('the watcher', () => {
  it.each(deaths)('should find $kind ($severity) of kernel $kernel on $architecture', (death) => {
    const { incidents } = watchAll(death.text.split('\n'))
    expect(incidents).toHaveLength(1)
    expect(incidents[0]).toMatchObject({ kind: death.kind, severity: death.severity })
  })

  it.each(deaths.filter(({ text }) => text.startsWith('[ ')))(
    'should find stamped $kind after a boot',
    (death) => {
      expect(watchAll([...stampedBoot, ...death.text.split('\n')]).incidents).toMatchObject([
        { kind: death.kind },
      ])
    },
  )

  it.each(harmless)('should leave alone: %s', (line) => {
    expect(watchAll([line]).incidents).toEqual([])
  })

  it('should not believe an unstamped line once the kernel stamps its lines', () => {
    expect(watchAll([...stampedBoot, 'Kernel panic - not syncing: a program says so']).incidents).toEqual([])
  })

  it('should make one incident of an oops and the panic it leads to, from the first trigger on', () => {
    const watcher = new Watcher()
    const lines = [
      '[    3.016271] BUG: kernel NULL pointer dereference, address: 0000000000000000',
      '[    3.017129] Oops: Oops: 0002 [#1] PREEMPT SMP NOPTI',
      '[    3.030000] ---[ end trace 0000000000000000 ]---',
      '[    3.040000] Kernel panic - not syncing: Fatal exception',
      '[    3.050000] Kernel Offset: disabled',
      '[    3.060000] ---[ end Kernel panic - not syncing: Fatal exception ]---',
    ]
    const reported = lines.map((line) => watcher.line(line, 3000))
    expect(reported.slice(0, -1)).toEqual([undefined, undefined, undefined, undefined, undefined])
    expect(reported.at(-1)).toMatchObject({
      kind: 'panic',
      summary: 'Kernel panic - not syncing: Fatal exception',
    })
    expect(reported.at(-1)?.excerpt).toHaveLength(lines.length)
  })

  it('should report a panic without an end marker within 2 s of its line, even when lines keep coming', () => {
    const watcher = new Watcher()
    expect(watcher.line('[    1.000000] Kernel panic - not syncing: x', 1000)).toBeUndefined()
    expect(watcher.line('[    1.500000] more', 1500)).toBeUndefined()
    expect(watcher.line('[    2.000000] more', 2100)).toBeUndefined()
    expect(watcher.line('[    2.500000] more', 2700)).toBeUndefined()
    expect(watcher.line('[    3.000000] more', 3000)).toMatchObject({ kind: 'panic' })
  })

  it('should end the excerpt of an oops at its end marker', () => {
    const { incidents } = watchAll([
      '[    3.000000] kernel BUG at mm/slub.c:1!',
      '[    3.000001] ---[ end trace 0000000000000000 ]---',
      'an unrelated line',
    ])
    expect(incidents[0]?.excerpt).toHaveLength(2)
  })

  it('should keep its memory bounded whatever the guest prints', () => {
    const watcher = new Watcher()
    for (let round = 0; round < 1000; round += 1) {
      watcher.line('[    1.000000] BUG: scheduling while atomic', round * 5000)
    }
    expect(watcher.incidents.length).toBeLessThanOrEqual(201)
  })

  it('should find the same incidents however the bytes are cut, with escape sequences in between', () => {
    const bytes = Buffer.from(
      deaths
        .map(({ text }) => `\u001b[0;1;31m${text.trimEnd().replaceAll('\n', '\u001b[0m\r\n')}\r\n`)
        .join(''),
    )
    const lines = (cuts: readonly number[]): string[] => {
      const assembler = new LineAssembler()
      const found: string[] = []
      let start = 0
      for (const cut of [...cuts.toSorted((a, b) => a - b), bytes.length]) {
        assembler.push(bytes.subarray(start, cut), (line) => found.push(line))
        start = cut
      }
      return found
    }
    const whole = watchAll(lines([])).incidents
    expect(whole.length).toBeGreaterThan(0)
    fc.assert(
      fc.property(fc.array(fc.nat(bytes.length), { maxLength: 200 }), (cuts) => {
        expect(watchAll(lines(cuts)).incidents).toEqual(whole)
      }),
      { numRuns: 30 },
    )
  })
})
