import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { dir } from 'tmp-promise'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { recordText } from '../../record/record-file.ts'
import { sampleCheck, sampleRecord } from '../../record/testing/sample-record.ts'
import { fakeTarget } from '../../vitest/testing/fake-lab.ts'
import { failedChecks } from './failed-checks.ts'
import { filesOf, stateOf, untilChanged } from './watched-files.ts'

let folder: { path: string; cleanup: () => Promise<void> }
beforeEach(async () => {
  folder = await dir({ unsafeCleanup: true })
})
afterEach(() => folder.cleanup())
const at = (name: string) => join(folder.path, name)

describe('failedChecks', () => {
  const target = () => fakeTarget(at('kernel'))
  const record = async (change: Parameters<typeof sampleRecord>[0]) => {
    for (const architecture of ['x86_64', 'arm64'] as const) {
      const path = at(`demo/${architecture}/record.json`)
      await mkdir(dirname(path), { recursive: true })
      await writeFile(path, recordText(sampleRecord({ ...change, architecture })))
    }
  }

  it('should name what was not passed, and nothing else', async () => {
    await record({
      checks: [
        sampleCheck(),
        sampleCheck({ id: 'root.one', verdict: 'fail' }),
        sampleCheck({ id: 'root.two', verdict: 'inconclusive' }),
        sampleCheck({ id: 'root.three', verdict: 'waived' }),
      ],
    })
    expect(await failedChecks(target(), folder.path)).toEqual(['root.one', 'root.two'])
  })

  it('should ask for all where a run ended before its checks', async () => {
    await record({ checks: [] })
    expect(await failedChecks(target(), folder.path)).toBeUndefined()
  })

  it('should say where there is no earlier run', async () => {
    await expect(failedChecks(target(), folder.path)).rejects.toMatchObject({
      code: 'NO_EARLIER_RUN',
      blame: 'usage',
    })
  })
})

describe('untilChanged', () => {
  it('should wait until a file is another one, and is written to its end', async () => {
    await writeFile(at('kernel'), 'one')
    const before = await stateOf([at('kernel')])
    const changed = untilChanged([at('kernel')], before)
    await rm(at('kernel'))
    await writeFile(at('draft'), 'two')
    await rename(at('draft'), at('kernel'))
    expect(await changed).toBe(await stateOf([at('kernel')]))
    expect(await changed).not.toBe(before)
  })

  it('should leave when it is told to', async () => {
    const leaving = new AbortController()
    await writeFile(at('kernel'), 'one')
    const waiting = untilChanged([at('kernel')], await stateOf([at('kernel')]), leaving.signal)
    leaving.abort()
    await expect(waiting).rejects.toMatchObject({ name: 'AbortError' })
  })
})

describe('filesOf', () => {
  it('should have every file that a run is judged by, each once', () => {
    const target = {
      ...fakeTarget('/images/kernel'),
      source: '/images/demo.yml',
      policyPath: '/images/policy.yml',
    }
    const files = filesOf(target)
    expect(files).toEqual(
      expect.arrayContaining(['/images/kernel', '/images/demo.yml', '/images/policy.yml']),
    )
    expect(new Set(files).size).toBe(files.length)
  })
})
