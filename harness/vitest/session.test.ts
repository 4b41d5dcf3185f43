import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { dir } from 'tmp-promise'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { DrydockError } from '../common/errors.ts'
import { CoreSlots } from '../machine/core-slots.ts'
import { exitCodeOfRecords } from '../record/exit-code.ts'
import { readRecord } from '../record/record-file.ts'
import { openSession } from './session.ts'
import { demoCheck, type FakeLabOptions, failing, fakeLab, fakeTarget, passing } from './testing/fake-lab.ts'

let folder: string
let cleanup: () => Promise<void>

beforeEach(async () => {
  const made = await dir({ unsafeCleanup: true })
  folder = made.path
  cleanup = made.cleanup
  await writeFile(join(folder, 'kernel'), 'a kernel')
})
afterEach(() => cleanup())

const open = async (options: FakeLabOptions = {}) => {
  const parts = fakeLab(options)
  const request = {
    target: fakeTarget(join(folder, 'kernel')),
    accelerator: 'prefer',
    fresh: false,
    reports: join(folder, 'reports'),
    patterns: [],
    command: ['check', 'demo.yml'],
  } as const
  const session = await openSession(
    {
      request,
      architecture: 'x86_64',
      knownIds: ['root.demo', 'root.other'],
      slots: new CoreSlots({ directory: join(folder, 'cores') }),
    },
    parts,
  )
  return { parts, session }
}
const reportOf = (name: string) => join(folder, 'reports', 'demo', 'x86_64', name)

describe('openSession', () => {
  it('should write record, JUnit and console once the guest is closed', async () => {
    const { parts, session } = await open()
    await session.judge(demoCheck('root.demo', async () => passing))
    await session.judge(demoCheck('root.other', async () => failing))
    expect(await readdir(join(folder, 'reports', 'demo'))).toEqual([expect.stringMatching(/^\.run-/)])
    const record = await session.close()
    expect(parts.closed).toHaveLength(2)
    expect(await readRecord(reportOf('record.json'))).toEqual(record)
    expect(record).toMatchObject({
      target: 'demo',
      kernel: '6.12.1-test',
      qemu: '7.2.22',
      accelerator: { used: 'tcg' },
      console: 'console.log',
      summary: { pass: 1, fail: 1 },
      timings: { kernel: 12 },
    })
    expect(await readFile(reportOf('junit.xml'), 'utf8')).toContain('root.other')
    expect(await readFile(reportOf('console.log'), 'utf8')).toContain('Linux version')
    expect(exitCodeOfRecords([record])).toBe(1)
  })

  it('should record checks in the order of the catalogue, whichever came first', async () => {
    const { session } = await open()
    await session.judge(demoCheck('root.other', async () => passing))
    await session.judge(demoCheck('root.demo', async () => passing))
    expect((await session.close()).checks.map(({ id }) => id)).toEqual(['root.demo', 'root.other'])
  })

  it('should write the record of a guest that did not boot, as a failed test bed', async () => {
    const death = new DrydockError('the kernel panicked', {
      code: 'GUEST_DIED',
      blame: 'guest',
      phase: 'kernel',
    })
    const { session } = await open({ onBoot: () => Promise.reject(death) })
    const result = await session.judge(
      demoCheck('root.demo', async (context) => {
        await context.guest()
        return passing
      }),
    )
    expect(result).toMatchObject({ verdict: 'error', reason: '[kernel] the kernel panicked' })
    const record = await session.close()
    expect(record.problems).toMatchObject([{ code: 'GUEST_DIED', phase: 'kernel' }])
    expect(exitCodeOfRecords([record])).toBe(3)
  })

  it('should not boot a guest for checks of the artefact alone', async () => {
    const { parts, session } = await open()
    await session.judge(
      demoCheck(
        'elf.demo',
        async (context) => ({ ...passing, reason: (await context.image()).kernel.release ?? '' }),
        { vantages: ['at-rest'], guest: 'none' },
      ),
    )
    expect(await session.close()).toMatchObject({ console: null, checks: [{ reason: '6.12.1-test' }] })
    expect(parts.boots).toHaveLength(0)
  })

  it('should notice an image file that changed during the run', async () => {
    const { session } = await open()
    await session.judge(demoCheck('root.demo', async () => passing))
    await writeFile(join(folder, 'kernel'), 'another kernel')
    const record = await session.close()
    expect(record.problems).toMatchObject([{ code: 'IMAGE_CHANGED' }])
    expect(exitCodeOfRecords([record])).toBe(3)
  })

  it('should keep the guest until a check that nobody waits for has ended', async () => {
    const { parts, session } = await open({
      onBoot: ({ signal }) =>
        new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason))),
    })
    const abandoned = session.judge(
      demoCheck(
        'root.demo',
        async (context) => {
          await context.coldBoot('kernel')
          return passing
        },
        { guest: 'cold-boot' },
      ),
    )
    await expect.poll(() => parts.boots).toHaveLength(1)
    session.interrupt()
    const record = await session.close()
    expect(await abandoned).toMatchObject({ verdict: 'error', reason: '[check] the run was interrupted' })
    expect(record.checks).toHaveLength(1)
    expect(parts.closed).toHaveLength(0)
  })

  it('should leave out of the record what had not begun when the run was interrupted', async () => {
    const { session } = await open()
    const late = session.judge(demoCheck('root.demo', async () => passing))
    session.interrupt()
    await expect(late).rejects.toMatchObject({ code: 'INTERRUPTED' })
    expect((await session.close()).checks).toEqual([])
  })
})
