import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { RunRecord } from '../record.ts'
import type { SectionId } from '../sections.ts'
import { sampleCheck, sampleRecord } from '../testing/sample-record.ts'
import { sampleSections } from '../testing/sample-sections.ts'
import { type BumpPolicy, loadBumpPolicy } from './bump-policy.ts'
import { categories } from './categories.ts'
import { compareRecords } from './compare-records.ts'

const policy: BumpPolicy = await loadBumpPolicy(undefined, '2026-11-24')
const boots = [800, 900, 1000].map((kernel) => ({ prepare: 5, kernel, init: 4000 }))
const base = (): RunRecord => sampleRecord({ sections: sampleSections(), boots })

/** A record in which one property of one thing is another; a value of undefined takes the whole thing away. */
const withRow = (
  section: SectionId,
  name: string,
  properties: Readonly<Record<string, string>> | undefined,
) => {
  const record = base()
  const rows = record.sections[section]?.rows ?? {}
  if (properties === undefined) delete rows[name]
  else rows[name] = { ...rows[name], ...properties }
  return record
}

const kindsOf = (before: RunRecord, after: RunRecord) =>
  compareRecords(before, after, policy).changes.map(({ category, name, kind }) => [category, name, kind])

/** One regression for each category, made by hand: [category, thing, the record with it]. */
const planted: readonly (readonly [category: string, thing: string, after: RunRecord])[] = [
  ['checks', 'root.remount', sampleRecord({ ...base(), checks: [sampleCheck({ verdict: 'fail' })] })],
  ['checks', 'root.remount', sampleRecord({ ...base(), checks: [sampleCheck({ verdict: 'inconclusive' })] })],
  ['checks', 'root.remount', sampleRecord({ ...base(), checks: [] })],
  [
    'kernel-options',
    'CONFIG_STRICT_KERNEL_RWX',
    withRow('kernel-options', 'CONFIG_STRICT_KERNEL_RWX', { value: 'n' }),
  ],
  [
    'kernel-options',
    'CONFIG_STRICT_KERNEL_RWX',
    withRow('kernel-options', 'CONFIG_STRICT_KERNEL_RWX', undefined),
  ],
  ['kernel-options', 'CONFIG_KEXEC', withRow('kernel-options', 'CONFIG_KEXEC', { value: 'y' })],
  ['sysctls', 'kernel.kptr_restrict', withRow('sysctls', 'kernel.kptr_restrict', { value: '0' })],
  ['kernel-parameters', 'nokaslr', withRow('kernel-parameters', 'nokaslr', { value: '' })],
  ['vulnerabilities', 'meltdown', withRow('vulnerabilities', 'meltdown', { state: 'Vulnerable' })],
  ['vulnerabilities', 'tsa', withRow('vulnerabilities', 'tsa', { state: 'Vulnerable: no microcode' })],
  ['loaded-modules', 'loop', withRow('loaded-modules', 'loop', { taints: 'OE' })],
  ['loaded-modules', 'rootkit', withRow('loaded-modules', 'rootkit', { taints: 'E' })],
  ['devices', '/dev/mem', withRow('devices', '/dev/mem', { device: 'character 1:1, 0666 0:0' })],
  ['mounts', '/', withRow('mounts', '/', { mounted: 'squashfs rw,nosuid,nodev' })],
  ['mounts', '/run', withRow('mounts', '/run', { mounted: 'tmpfs rw,nosuid,nodev' })],
  ['mounts', '/srv', withRow('mounts', '/srv', { mounted: 'tmpfs rw' })],
  ['listeners', 'tcp 0.0.0.0:80', withRow('listeners', 'tcp 0.0.0.0:80', { by: 'web' })],
  ['binaries', '/usr/bin/web', withRow('binaries', '/usr/bin/web', { relro: 'partial' })],
  ['binaries', '/usr/bin/web', withRow('binaries', '/usr/bin/web', { bytes: '5000' })],
  [
    'daemons',
    '/usr/bin/web as 0',
    withRow('daemons', '/usr/bin/web as 0', { 'effective capabilities': 'CAP_SYS_ADMIN' }),
  ],
  ['containers', 'services/web', withRow('containers', 'services/web', { 'read-only root': 'no' })],
  ['running-containers', 'web', withRow('running-containers', 'web', { 'process limit': 'max' })],
  [
    'running-containers',
    'web',
    withRow('running-containers', 'web', { 'namespaces of the host': 'time pid' }),
  ],
  ['system-calls', 'web: bpf', withRow('system-calls', 'web: bpf', { reach: 'sometimes' })],
  ['system-calls', 'web: clone', withRow('system-calls', 'web: clone', { reach: 'always' })],
  ['kernel-warnings', 'BUG: bad page', withRow('kernel-warnings', 'BUG: bad page', {})],
  ['image-parts', 'kernel file', withRow('image-parts', 'kernel file', { bytes: '1200000' })],
  [
    'boot-times',
    'kernel',
    sampleRecord({ ...base(), boots: [1600, 1700].map((kernel) => ({ kernel, init: 4000 })) }),
  ],
]

describe('compareRecords', () => {
  it.each(planted)('should find the regression planted in %s: %s', (category, name, after) => {
    expect(kindsOf(base(), after)).toContainEqual([category, name, 'regressed'])
  })

  it('should call each of them better where it is undone', () => {
    for (const [category, name, after] of planted) {
      const kind = kindsOf(after, base()).find((change) => change[0] === category && change[1] === name)?.[2]
      expect(['improved', 'gone', 'new'], `${category} ${name}`).toContain(kind)
    }
  })

  it('should have planted one in every category that can be worse', () => {
    // A module that merely lies in the image is judged by the image's inventory.
    const without = categories
      .map(({ id }) => id)
      .filter((id) => !planted.some(([category]) => category === id))
    expect(without).toEqual(['module-files'])
  })

  it('should say of a module file only that it came or went, whichever kernel it is of', () => {
    const after = withRow('module-files', '/lib/modules/6.12.57-cloud-amd64/ext4.ko', {})
    expect(kindsOf(base(), after)).toEqual([['module-files', '/lib/modules/RELEASE/ext4.ko', 'new']])
    const record = sampleRecord({ ...base(), kernel: '6.13.1' })
    const rows = record.sections['module-files']?.rows ?? {}
    delete rows['/lib/modules/6.12.57-cloud-amd64/loop.ko']
    rows['/lib/modules/6.13.1/loop.ko'] = {}
    expect(kindsOf(base(), record).filter(([category]) => category === 'module-files')).toEqual([])
  })

  it('should find nothing where nothing changed', () => {
    expect(compareRecords(base(), base(), policy)).toMatchObject({ changes: [], notCompared: [] })
  })

  it('should take a renamed option for the same one', () => {
    const after = withRow('kernel-options', 'CONFIG_PAGE_TABLE_ISOLATION', undefined)
    const rows = after.sections['kernel-options']?.rows ?? {}
    rows.CONFIG_MITIGATION_PAGE_TABLE_ISOLATION = { value: 'y' }
    expect(kindsOf(base(), structuredClone(after))).toEqual([])
    rows.CONFIG_MITIGATION_PAGE_TABLE_ISOLATION = { value: 'n' }
    expect(kindsOf(base(), after)).toEqual([
      ['kernel-options', 'CONFIG_MITIGATION_PAGE_TABLE_ISOLATION', 'regressed'],
    ])
  })

  it('should say what is merely another, new or gone', () => {
    expect(kindsOf(base(), withRow('kernel-options', 'CONFIG_HZ', { value: '1000' }))).toEqual([
      ['kernel-options', 'CONFIG_HZ', 'changed'],
    ])
    expect(kindsOf(base(), withRow('devices', '/dev/null', undefined))).toEqual([
      ['devices', '/dev/null', 'gone'],
    ])
    expect(kindsOf(base(), withRow('devices', '/dev/kvm', { device: 'character 10:232, 0600 0:0' }))).toEqual(
      [['devices', '/dev/kvm', 'new']],
    )
  })

  it('should not let a check vanish, unless it was retired with a reason', () => {
    const after = sampleRecord({ ...base(), checks: [] })
    const retired = new Map([['root.remount', 'retired in 0.2.0: decided by root.other']])
    const [change] = compareRecords(base(), after, { ...policy, retired }).changes
    expect(change).toMatchObject({ name: 'root.remount', kind: 'gone' })
  })

  it('should not judge boots that overlap, that are too few, or that were made otherwise', () => {
    const boot = (...times: number[]) =>
      sampleRecord({ ...base(), boots: times.map((kernel) => ({ kernel })) })
    expect(kindsOf(boot(900, 1100), boot(1050, 3000))).toEqual([])
    expect(compareRecords(boot(900), boot(3000), policy).notCompared).toMatchObject([
      { category: 'boot-times' },
    ])
    const kvm = {
      ...boot(2000, 2100),
      accelerator: { used: 'kvm', policy: 'prefer', reason: 'works' },
    } as const
    expect(compareRecords(boot(900, 1000), kvm, policy).notCompared).toMatchObject([
      { category: 'boot-times' },
    ])
    expect(kindsOf(boot(900, 1000), boot(1010, 1020))).toEqual([])
  })

  it('should say what a record does not have, and not take it for nothing', () => {
    const bare = sampleRecord({ ...base(), sections: {} })
    const { changes, notCompared } = compareRecords(base(), bare, policy)
    expect(changes).toEqual([])
    expect(notCompared.map(({ category }) => category)).toEqual(
      categories.map(({ id }) => id).filter((id) => id !== 'checks'),
    )
  })

  it('should survive every name and value that a guest may have, and find no change in a copy', () => {
    const text = fc.oneof(fc.string(), fc.constantFrom('__proto__', 'constructor', 'toString', ''))
    const rows = fc.dictionary(text, fc.dictionary(text, text), { maxKeys: 5 })
    fc.assert(
      fc.property(fc.constantFrom(...categories.slice(1)), rows, rows, ({ id }, one, other) => {
        const withRows = (own: typeof one): RunRecord => ({
          ...base(),
          sections: { ...sampleSections(), [id]: { source: 'a test', problem: null, rows: own } },
        })
        expect(kindsOf(withRows(one), withRows(structuredClone(one)))).toEqual([])
        const there = kindsOf(withRows(one), withRows(other)).map(([, name]) => name)
        const back = kindsOf(withRows(other), withRows(one)).map(([, name]) => name)
        expect(there).toEqual(back)
      }),
      { numRuns: 100 },
    )
  })
})
