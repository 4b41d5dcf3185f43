import { open, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { dir } from 'tmp-promise'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { sampleCheck, sampleRecord } from '../testing/sample-record.ts'
import { openHistory } from './history.ts'

let folder: { path: string; cleanup: () => Promise<void> }
let path: string
beforeEach(async () => {
  folder = await dir({ unsafeCleanup: true })
  path = join(folder.path, 'history.sqlite')
})
afterEach(() => folder.cleanup())

const at = (startedAt: string, verdict: 'pass' | 'fail' = 'pass') =>
  sampleRecord({
    startedAt,
    checks: [sampleCheck({ verdict }), sampleCheck({ id: 'root.other' })],
    boots: [{ prepare: 70, kernel: 1000, init: 500.4 }],
  })
const first = at('2026-11-01T00:00:00.000Z')
const second = at('2026-11-02T00:00:00.000Z', 'fail')

describe('openHistory', () => {
  it('should keep each record once, and give them back in order of time', async () => {
    using history = await openHistory(path)
    expect(history.add([second, first])).toBe(2)
    expect(history.add([first])).toBe(0)
    const runs = history.runs()
    expect(runs.map(({ startedAt }) => startedAt)).toEqual([first.startedAt, second.startedAt])
    expect(runs[1]).toMatchObject({
      target: 'reference',
      architecture: 'x86_64',
      accelerator: 'tcg',
      boots: [1500],
    })
    expect(runs[1]?.verdicts.get('root.remount')).toBe('fail')
    expect(history.checkIds()).toEqual(['root.other', 'root.remount'])
  })

  it('should answer for one check, and from a day on', async () => {
    {
      using history = await openHistory(path)
      history.add([first, second])
    }
    using again = await openHistory(path)
    const runs = again.runs({ check: 'root.remount', since: '2026-11-02' })
    expect(runs.map(({ verdicts }) => [...verdicts])).toEqual([[['root.remount', 'fail']]])
  })

  it('should be written to by several processes at once, and lose nothing', async () => {
    const program = `
      import { openHistory } from ${JSON.stringify(join(import.meta.dirname, 'history.ts'))}
      import { sampleRecord } from ${JSON.stringify(join(import.meta.dirname, '../testing/sample-record.ts'))}
      for (let index = 0; index < 20; index++) {
        using history = await openHistory(process.argv[1])
        history.add([sampleRecord({ startedAt: '2026-11-01T00:00:00.000Z', source: process.argv[2] + index })])
      }`
    const writer = (name: string) =>
      execa(process.execPath, ['--input-type=module-typescript', '-e', program, path, name])
    await Promise.all(['a', 'b', 'c', 'd'].map(writer))
    using history = await openHistory(path)
    expect(history.runs()).toHaveLength(80)
  })

  it('should say that a file is damaged, whichever part of it is', async () => {
    {
      using history = await openHistory(path)
      history.add(Array.from({ length: 200 }, (_, day) => at(new Date(day * 86_400_000).toISOString())))
    }
    const file = await open(path, 'r+')
    await file.write(Buffer.alloc(40_000, 0xa5), 0, undefined, 8192)
    await file.close()
    const use = async () => {
      using history = await openHistory(path)
      return history.runs().length
    }
    await expect(use()).rejects.toMatchObject({ code: 'HISTORY_DAMAGED', blame: 'usage' })
    await writeFile(
      path,
      'no database at all, but longer than a header of one hundred bytes would be'.repeat(9),
    )
    await expect(use()).rejects.toThrow(`${path}: expected a history of Drydock`)
  })

  it('should leave the databases of others alone', async () => {
    const { DatabaseSync } = await import('node:sqlite')
    const other = new DatabaseSync(path)
    other.exec('CREATE TABLE holiday (day TEXT)')
    other.close()
    await expect(openHistory(path)).rejects.toMatchObject({ code: 'HISTORY_DAMAGED' })
    const newer = new DatabaseSync(join(folder.path, 'newer.sqlite'))
    newer.exec('CREATE TABLE runs (id TEXT); PRAGMA application_id = 1146247492; PRAGMA user_version = 99')
    newer.close()
    await expect(openHistory(join(folder.path, 'newer.sqlite'))).rejects.toMatchObject({
      code: 'HISTORY_VERSION',
    })
  })
})
