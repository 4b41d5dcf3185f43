import { stripVTControlCharacters } from 'node:util'
import fc from 'fast-check'
import stringWidth from 'string-width'
import { describe, expect, it } from 'vitest'
import { sampleCheck, sampleRecord } from '../record/testing/sample-record.ts'
import { summaryLine, terminalReport, textOptionsFor } from './terminal.ts'
import { hostileText, measurableText, recordsWith } from './testing/hostile-records.ts'

const plain = { width: 100, colours: false }

const remountFails = sampleCheck({
  verdict: 'fail',
  reason: 'allowed: remount /, of 3 tried',
  evidence: [
    { vantage: 'inside', source: 'create /run/x', found: 'allowed: control' },
    {
      vantage: 'inside',
      source: 'remount /',
      found: 'allowed: / is writable',
      expected: 'refused',
      subject: '/',
    },
  ],
})

const noLogin = (id: string) =>
  sampleCheck({
    id,
    promise: 'P13',
    verdict: 'inconclusive',
    reason: 'the target has no login',
    evidence: [],
  })

describe('terminalReport', () => {
  it('should show architectures side by side, failures last, and one line per run', () => {
    const records = [
      sampleRecord({
        checks: [sampleCheck(), sampleCheck({ id: 'elf.pie', promise: 'P6', verdict: 'absent' })],
      }),
      sampleRecord({ architecture: 'arm64', kernel: '6.12.57-cloud-arm64', checks: [remountFails] }),
    ]
    expect(terminalReport(records, plain)).toMatchInlineSnapshot(`
      "reference /work/target.yml
        x86_64: kernel 6.12.57-cloud-amd64, QEMU 7.2.22, CPU max, tcg (prefer: no /dev/kvm)
        arm64: kernel 6.12.57-cloud-arm64, QEMU 7.2.22, CPU max, tcg (prefer: no /dev/kvm)

      check           x86_64  arm64  claim
      P6 hardened toolchain, PIE everywhere
        elf.pie       absent  -      root on the host cannot make the root file system writable
      P9 read-only root
        root.remount  pass    fail   root on the host cannot make the root file system writable

      fail on arm64: root.remount (P9, critical)
        claim: root on the host cannot make the root file system writable
        found: allowed: remount /, of 3 tried
          inside: remount /: allowed: / is writable; expected refused
          and 1 more in record.json

      Repeat with:
        npx drydock check /work/target.yml --arch arm64 --case root.remount

      reference x86_64: passed: 1 passed, 0 failed, 1 absent in 95.4 s
      reference arm64: not passed: 0 passed, 1 failed in 95.4 s
      "
    `)
  })

  it('should say how to look around in a guest that was kept, on the architecture that failed', () => {
    const guests = { bootedAt: '2026-11-24T09:00:14.000Z', fromCache: false, notFrozen: null }
    const report = terminalReport(
      [
        sampleRecord({ guests: { ...guests, frozen: 'a0' } }),
        sampleRecord({ architecture: 'arm64', checks: [remountFails], guests: { ...guests, frozen: 'b1' } }),
      ],
      plain,
    )
    expect(report).toContain('Look around in the guest as it was:\n  npx drydock boot --frozen b1')
    expect(report).not.toContain('--frozen a0')
  })

  it('should tell a failure that both architectures share once, and not narrow the command to one', () => {
    const both = [
      sampleRecord({ checks: [remountFails] }),
      sampleRecord({ architecture: 'arm64', checks: [remountFails] }),
    ]
    const report = terminalReport(both, plain)
    expect(report.match(/fail on x86_64, arm64: root\.remount/g)).toHaveLength(1)
    expect(report).toContain('\n  npx drydock check /work/target.yml\n')
  })

  it('should gather what could not be judged for one reason', () => {
    const checks = [sampleCheck(), noLogin('container.a'), noLogin('container.b')]
    const report = terminalReport([sampleRecord({ checks })], plain)
    expect(report).toContain(
      'inconclusive on x86_64: 2 checks\n  container.a, container.b\n  found: the target has no login',
    )
    expect(report).toContain('check /work/target.yml --arch x86_64 --case container.a --case container.b')
  })

  it('should show what fails a run beside its checks', () => {
    const report = terminalReport(
      [
        sampleRecord({
          checks: [],
          problems: [
            {
              code: 'GUEST_PANIC',
              blame: 'guest',
              phase: 'kernel',
              message: '[kernel] it died\nKernel panic',
            },
          ],
          waiverProblems: [
            { kind: 'expired', check: 'elf.pie', at: 'p.yml:3', message: 'expired after 2026-01-01' },
          ],
        }),
      ],
      plain,
    )
    expect(report).toContain('GUEST_PANIC on x86_64: [kernel] it died\n  Kernel panic\n')
    expect(report).toContain('waiver on x86_64: p.yml:3: expired after 2026-01-01')
    expect(report).toContain(
      'not passed: 0 passed, 0 failed, 1 waiver to correct, the run itself failed in 95.4 s',
    )
  })

  it('should hold nothing that acts on a terminal or on CI, whatever the records hold', () => {
    fc.assert(
      fc.property(recordsWith(hostileText), fc.boolean(), (records, colours) => {
        const report = terminalReport(records, { width: 80, colours }).replaceAll(/\u001b\[\d+m/g, '')
        expect(report).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e\u2028]/)
        expect(report).not.toMatch(/^\s*::[a-z]/im)
        expect(report).not.toMatch(/##([a-z]+)?\[/i)
      }),
    )
  })

  it('should fit the width, whatever the records hold', () => {
    fc.assert(
      fc.property(
        recordsWith(measurableText),
        fc.integer({ min: 80, max: 120 }),
        fc.boolean(),
        (records, width, colours) => {
          const lines = stripVTControlCharacters(terminalReport(records, { width, colours })).split('\n')
          for (const [index, line] of lines.entries()) {
            // The command is there to be copied and a run's summary is one line, so neither is wrapped.
            const isWhole = line.startsWith('  npx drydock') || index >= lines.length - 1 - records.length
            if (!isWhole) expect(stringWidth(line)).toBeLessThanOrEqual(width)
          }
        },
      ),
    )
  })
})

describe('summaryLine', () => {
  it('should count every verdict that occurs', () => {
    const checks = (['pass', 'waived', 'not-applicable', 'absent'] as const).map((verdict, index) =>
      sampleCheck({ id: `root.x${index}`, verdict }),
    )
    expect(summaryLine(sampleRecord({ checks }), { colours: false })).toBe(
      'reference x86_64: passed: 1 passed, 0 failed, 1 absent, 1 not applicable, 1 waived in 95.4 s',
    )
  })
})

describe('textOptionsFor', () => {
  it('should colour a terminal only, and heed NO_COLOR', () => {
    expect(textOptionsFor({ isTTY: true, columns: 200 }, {})).toEqual({ width: 120, colours: true })
    expect(textOptionsFor({ isTTY: true, columns: 60 }, { NO_COLOR: '1' })).toEqual({
      width: 80,
      colours: false,
    })
    expect(textOptionsFor({ isTTY: true, columns: 90 }, { TERM: 'dumb' })).toEqual({
      width: 90,
      colours: false,
    })
    expect(textOptionsFor({}, { FORCE_COLOR: '1' })).toEqual({ width: 100, colours: false })
  })
})
