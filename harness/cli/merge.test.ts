import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { dir } from 'tmp-promise'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { matrixSchemaId } from '../record/cells/cell.ts'
import { recordText } from '../record/record-file.ts'
import { sampleRecord } from '../record/testing/sample-record.ts'
import { merge } from './merge.ts'

let folder: { path: string; cleanup: () => Promise<void> }
const at = (...parts: string[]) => join(folder.path, ...parts)
const put = async (path: string, text: string) => {
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, text)
}
const cell = (architecture: 'x86_64' | 'arm64') => ({
  id: `reference-${architecture === 'arm64' ? 'arm64' : 'x86-64'}`,
  target: 'reference',
  file: 'reference.yml',
  architecture,
  kernel: null,
  command: ['npx', 'drydock', 'check', 'reference.yml', '--arch', architecture],
})

beforeEach(async () => {
  folder = await dir({ unsafeCleanup: true })
  await put(at('cells/a/reference/x86_64/record.json'), recordText(sampleRecord()))
  await put(at('cells/a/reference/x86_64/console.log'), 'Linux version')
  const cells = [cell('x86_64'), cell('arm64')]
  await put(at('matrix.json'), JSON.stringify({ schema: matrixSchemaId, cells }))
})
afterEach(() => folder.cleanup())

const flags = () => ({ cells: at('matrix.json'), out: at('reports') })

describe('merge', () => {
  it('should fail where a cell is missing, and still report the others', async () => {
    expect(await merge([at('cells')], flags())).toBe(3)
    expect(await readFile(at('reports/reference/x86_64/record.json'), 'utf8')).toBe(
      recordText(sampleRecord()),
    )
  })

  it('should make the report that one machine would have made, consoles included', async () => {
    const arm = sampleRecord({ architecture: 'arm64' })
    await put(at('cells/b/reference/arm64/record.json'), recordText(arm))
    expect(await merge([at('cells')], flags())).toBe(0)
    // As on one machine, the two architectures have been compared.
    const merged: unknown = JSON.parse(await readFile(at('reports/reference/arm64/record.json'), 'utf8'))
    expect(merged).toEqual(JSON.parse(recordText({ ...arm, differences: [] })))
    expect(await readFile(at('reports/reference/x86_64/console.log'), 'utf8')).toBe('Linux version')
    expect(await readFile(at('reports/reference/report.html'), 'utf8')).toContain('arm64')
  })

  it('should take the newest record of a cell that ran twice', async () => {
    const later = sampleRecord({ startedAt: '2026-11-25T00:00:00.000Z' })
    await put(at('cells/again/reference/x86_64/record.json'), recordText(later))
    await merge([at('cells')], flags())
    expect(await readFile(at('reports/reference/x86_64/record.json'), 'utf8')).toBe(recordText(later))
  })

  it('should keep kernels of one target apart', async () => {
    const older = sampleRecord({ kernel: '6.1.1' })
    await put(at('cells/b/reference/x86_64/record.json'), recordText(older))
    expect(await merge([at('cells')], { out: at('reports') })).toBe(0)
    expect(await readFile(at('reports/reference@6.1.1/x86_64/record.json'), 'utf8')).toBe(recordText(older))
  })

  it('should say what is wrong with a matrix', async () => {
    await writeFile(at('matrix.json'), '{"schema":"drydock.matrix/1","cells":[{"id":"A B"}]}')
    await expect(merge([at('cells')], flags())).rejects.toThrow(/matrix\.json: expected .* at cells\.0/)
    await expect(merge([at('nothing')], { out: at('reports') })).rejects.toMatchObject({ blame: 'usage' })
  })
})
