import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { withDir } from 'tmp-promise'
import { describe, expect, it } from 'vitest'
import { markdownReport } from './markdown.ts'
import type { Row } from './row.ts'
import { mergeRows, readRows, writeRows } from './row-file.ts'
import { rowTable } from './table.ts'

const row = (name: string, more: Partial<Row> = {}): Row => ({
  ...{ name, architecture: 'x86_64', value: 1.234, unit: 'times', target: '<= 1.05', met: false, peer: null },
  ...{ size: null, experiment: 'boot', samples: [1.2, 1.234, 1.3], min: 1.2, max: 1.3, note: null },
  ...{ measuredAt: '2030-01-01T00:00:00.000Z', machine: 'm' },
  ...more,
})

const host = {
  ...{ id: 'm', cpu: 'A CPU', cores: 2, memoryMiB: 1024, kernel: '6.1', system: 'Debian', node: 'v24' },
  qemu: { x86_64: 'QEMU 7.2', arm64: 'QEMU 7.2' },
  accelerator: { x86_64: 'tcg: no KVM', arm64: 'tcg: no KVM' },
}

describe('bench.json', () => {
  it('should be an array of rows that is read as it was written', async () => {
    await withDir(
      async ({ path }) => {
        const rows = [row('a'), row('b', { value: null, met: null, samples: [], min: null, max: null })]
        await writeRows(join(path, 'bench.json'), rows)
        expect(await readRows(join(path, 'bench.json'))).toEqual(rows)
        const [first] = JSON.parse(await readFile(join(path, 'bench.json'), 'utf8'))
        expect(first).toMatchObject({ name: 'a', architecture: 'x86_64', value: 1.234, peer: null })
      },
      { unsafeCleanup: true },
    )
  })

  it.each(['', '{}', '[{"name":"a"}]'])('should count as none where it holds %j', async (text) => {
    await withDir(
      async ({ path }) => {
        await writeFile(join(path, 'bench.json'), text)
        expect(await readRows(join(path, 'bench.json'))).toEqual([])
      },
      { unsafeCleanup: true },
    )
  })
})

describe('mergeRows', () => {
  it('should put new figures in the place of old ones and keep the rest', () => {
    const earlier = [row('a'), row('b'), row('a', { size: '4 forks' })]
    const merged = mergeRows(earlier, [row('c'), row('a', { value: 9 })], 'm')
    expect(merged.map(({ name, value, size }) => [name, value, size])).toEqual([
      ['a', 9, null],
      ['b', 1.234, null],
      ['a', 1.234, '4 forks'],
      ['c', 1.234, null],
    ])
  })

  it('should drop figures of another machine', () => {
    expect(mergeRows([row('a', { machine: 'other' })], [row('b')], 'm').map(({ name }) => name)).toEqual([
      'b',
    ])
  })
})

describe('what people read', () => {
  const rows = [
    row('boot'),
    row('boot', { architecture: 'arm64', value: 1.01, met: true }),
    row('run', { peer: 'a|b<c>', value: null, met: null, target: null, samples: [], note: 'no\u001b[2J 9p' }),
  ]

  it('should show a missed target and say why a row has no value', () => {
    const text = rowTable(rows, { width: 100, colours: false })
    expect(text).toMatch(/boot +x86_64 +1\.23 times +1\.20\.\.1\.30 \(3\) +<= 1\.05 +MISSED/)
    expect(text).toMatch(/boot +arm64 .* met/)
    expect(text).toContain('a|b<c>: run: no\\x1b[2J 9p')
  })

  it('should be Markdown with the architectures side by side, which no name can break', () => {
    const text = markdownReport(rows, host)
    expect(text).toContain('| boot | 1.23 times (missed) | 1.01 times | \\<= 1.05 |')
    expect(text).toContain('| a\\|b\\<c\\>: run | none (see below) |  |  |')
    expect(text).toContain('- a\\|b\\<c\\>: run: no\\\\x1b\\[2J 9p')
  })
})
