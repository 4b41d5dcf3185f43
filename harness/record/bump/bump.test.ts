import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { dir } from 'tmp-promise'
import { describe, expect, it } from 'vitest'
import { sampleCheck, sampleRecord } from '../testing/sample-record.ts'
import { bumpOf, exitCodeOfBump, regressionsOf } from './bump.ts'
import { type BumpPolicy, loadBumpPolicy } from './bump-policy.ts'

const today = '2026-11-24'
const policy = await loadBumpPolicy(undefined, today)
const good = sampleRecord()
const bad = sampleRecord({ checks: [sampleCheck({ verdict: 'fail' })] })

const accepting = (name: string, expires: string): BumpPolicy => ({
  ...policy,
  accept: [{ category: 'checks', name, reason: 'known', expires, at: 'bump.yml:3' }],
})

describe('bumpOf', () => {
  it('should fail on a regression, and on nothing else', () => {
    expect(exitCodeOfBump(bumpOf([good], [bad], policy))).toBe(1)
    expect(exitCodeOfBump(bumpOf([bad], [good], policy))).toBe(0)
    expect(exitCodeOfBump(bumpOf([good], [good], policy))).toBe(0)
  })

  it('should accept what the policy accepts, and complain where that is over or not needed', () => {
    const accepted = bumpOf([good], [bad], accepting('root.*', '2026-11-24'))
    expect([exitCodeOfBump(accepted), regressionsOf(accepted)]).toEqual([0, 0])
    expect(accepted.comparisons[0]?.changes[0]).toMatchObject({ accepted: 'known (until 2026-11-24)' })
    const expired = bumpOf([good], [bad], accepting('root.*', '2026-11-23'))
    expect([exitCodeOfBump(expired), regressionsOf(expired)]).toEqual([1, 1])
    expect(expired.problems).toEqual([
      expect.stringContaining('bump.yml:3: checks root.*: its acceptance expired'),
    ])
    const idle = bumpOf([good], [good], accepting('root.remount', '2027-01-01'))
    expect([exitCodeOfBump(idle), idle.problems.length]).toEqual([1, 1])
  })

  it('should miss an architecture that is no longer there', () => {
    const { problems } = bumpOf([good, sampleRecord({ architecture: 'arm64' })], [good], policy)
    expect(problems).toEqual(['reference arm64: expected a record of it after the bump, found none'])
    expect(exitCodeOfBump(bumpOf([], [], policy))).toBe(1)
  })

  it('should pair records by architecture where each side has one target, else by target too', () => {
    const renamed = sampleRecord({ target: 'reference-7.3' })
    expect(bumpOf([good], [renamed], policy).comparisons).toHaveLength(1)
    const other = sampleRecord({ target: 'other' })
    expect(bumpOf([good, other], [other, good], policy).comparisons.map(({ target }) => target)).toEqual([
      'reference',
      'other',
    ])
  })

  it('should not call a failed test bed a regression of the image', () => {
    const problem = { code: 'QEMU_FAILED', blame: 'testbed', phase: null, message: 'no QEMU' } as const
    expect(exitCodeOfBump(bumpOf([good], [sampleRecord({ problems: [problem] })], policy))).toBe(3)
  })
})

describe('loadBumpPolicy', () => {
  it('should read a policy, and say where one is wrong', async () => {
    const folder = await dir({ unsafeCleanup: true })
    const path = join(folder.path, 'bump.yml')
    await writeFile(
      path,
      'kernel: moby\naccept:\n  - { category: checks, name: root.*, reason: known, expires: 2027-01-01 }\ntolerance: { size: 25 }\n',
    )
    expect(await loadBumpPolicy(path, today)).toMatchObject({
      kernel: { name: 'moby' },
      accept: [{ category: 'checks', at: `${path}:3` }],
      tolerance: { size: 0.25, boot: 0.1 },
    })
    await writeFile(path, 'accept:\n  - { category: checks, name: root.*, expires: 2027-01-01 }\n')
    await expect(loadBumpPolicy(path, today)).rejects.toMatchObject({ blame: 'usage', code: 'BAD_YAML' })
    await folder.cleanup()
  })
})
