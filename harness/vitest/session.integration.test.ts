import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { dir } from 'tmp-promise'
import { describe, expect, inject, it } from 'vitest'
import { architectures } from '../common/architecture.ts'
import { frozenGuest } from '../guest/frozen-guest.ts'
import { boot } from '../guest/guest.ts'
import { openImage } from '../image/image.ts'
import type { GuestContext } from '../rules/context.ts'
import type { Judgement } from '../rules/verdict.ts'
import { loadTarget } from '../target/target.ts'
import './run-context.ts'
import { openSession } from './session.ts'
import { demoCheck } from './testing/fake-lab.ts'

const mark = '/run/drydock-mark'

/** Passes where an earlier check has left no mark, and leaves one. */
const leavesMark = async (context: GuestContext): Promise<Judgement> => {
  const { host } = await context.probe()
  const found = (await host.stat(mark)) === undefined ? 'no mark' : 'a mark'
  const { shell } = await context.guest()
  expect(await shell.run(['touch', `/proc/1/root${mark}`])).toMatchObject({ exitCode: 0 })
  const evidence = { vantage: 'inside', source: mark, found } as const
  return found === 'no mark'
    ? { verdict: 'pass', reason: found, evidence: [evidence] }
    : { verdict: 'fail', reason: found, evidence: [{ ...evidence, subject: mark }] }
}

/** Ends QEMU behind everybody's back. */
const kills = async (context: GuestContext): Promise<Judgement> => {
  const { machine } = await context.guest()
  process.kill(machine.pid, 'SIGKILL')
  await machine.exited
  return await leavesMark(context)
}

describe.each(architectures)('a session on %s', (architecture) => {
  it('should give attacks pristine guests, and replace a shared guest that died', async () => {
    await using folder = await dir({ unsafeCleanup: true }).then(({ path, cleanup }) => ({
      path,
      [Symbol.asyncDispose]: cleanup,
    }))
    const target = await loadTarget(inject('reference').release)
    const session = await openSession(
      {
        request: {
          ...{ target, accelerator: 'prefer', fresh: false, reports: folder.path, patterns: [] },
          command: ['check'],
        },
        architecture,
        knownIds: [],
      },
      { boot, frozenGuest, openImage },
    )
    const attack = (id: string) => session.judge(demoCheck(id, leavesMark, { guest: 'pristine' }))
    const read = (id: string) => session.judge(demoCheck(id, leavesMark))
    const attacks = await Promise.all(['attack.one', 'attack.two', 'attack.three'].map(attack))
    expect(attacks.map(({ verdict }) => verdict)).toEqual(['pass', 'pass', 'pass'])

    expect(await read('read.first')).toMatchObject({ verdict: 'pass' })
    expect(await read('read.second')).toMatchObject({ verdict: 'fail', reason: 'a mark' })
    expect(await session.judge(demoCheck('read.kills', kills))).toMatchObject({
      verdict: 'error',
      reason: expect.stringContaining('the guest died during read.kills'),
    })
    expect(await read('read.afterwards')).toMatchObject({ verdict: 'pass' })

    const record = await session.close()
    expect(record.guests).toMatchObject({ notFrozen: null })
    const report = join(folder.path, target.name, architecture)
    expect(await readFile(join(report, 'console.log'), 'utf8')).toContain('Linux version')
    expect(await readdir(join(report, 'shared'))).toEqual(['1', '2'])
    const { traceEvents } = JSON.parse(await readFile(join(report, 'trace.json'), 'utf8'))
    expect(traceEvents.filter(({ name }: { name: string }) => name === 'fork')).toHaveLength(5)
  })
})
