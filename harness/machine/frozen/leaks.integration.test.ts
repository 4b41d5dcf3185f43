import { readdir, readFile } from 'node:fs/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { architectures } from '../../common/architecture.ts'
import { cachePath } from '../../common/cache.ts'
import type { StartedMachine } from '../machine-states.ts'
import { createTestingGuest } from '../outside/testing/testing-guest.ts'
import { freezeMachine } from './freeze.ts'
import { ask, freezeRememberingMachine } from './testing/remembering-machine.ts'

/** In all; 500 are what is promised, and take some minutes. */
const forks = Number(process.env.DRYDOCK_FORKS ?? 60)
const abreast = 2

let held = new AsyncDisposableStack()
afterEach(async () => {
  await held.disposeAsync()
  held = new AsyncDisposableStack()
})

const childrenOf = async (pid: number): Promise<number> => {
  const tasks = await readdir(`/proc/${pid}/task`)
  const lists = await Promise.all(
    tasks.map((task) => readFile(`/proc/${pid}/task/${task}/children`, 'utf8').catch(() => '')),
  )
  return lists.join(' ').split(/\s+/).filter(Boolean).length
}

/** What could be left behind: open files, processes, files of ours in memory, memory that is set aside. */
const belongings = async () => ({
  descriptors: (await readdir('/proc/self/fd')).length,
  children: await childrenOf(process.pid),
  runDirectories: (await readdir('/dev/shm')).filter((name) => name.startsWith(`drydock-${process.pid}-`))
    .length,
  reservations: (await readdir(cachePath('memory-budget'))).filter((name) =>
    name.includes(`.${process.pid}-`),
  ).length,
})

const mebibyte = 1024 * 1024

/** Proportional set size of a process in bytes: shared pages count by the share that it has in them. */
const pssOf = async (pid: number): Promise<number> => {
  const rollup = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8')
  return Number(/^Pss: +(\d+) kB$/m.exec(rollup)?.[1]) * 1024
}

describe('many forks', () => {
  it(`should leave nothing behind, ${forks} of them`, { timeout: 600_000 }, async () => {
    const { frozen } = held.use(await freezeRememberingMachine('x86_64'))
    const forkOnce = async (): Promise<void> => {
      await using fork = await (await frozen.fork()).run()
      expect(await ask(fork, 'b')).toBe('a')
    }
    // The first ones leave reservations to those after them.
    await Promise.all(Array.from({ length: abreast }, forkOnce))
    const before = { ...(await belongings()), heap: process.memoryUsage().rss }
    for (let count = 0; count < forks; count += abreast)
      await Promise.all(Array.from({ length: abreast }, forkOnce))
    const after = { ...(await belongings()), heap: process.memoryUsage().rss }
    expect({ ...after, heap: 0 }).toEqual({ ...before, heap: 0 })
    expect((after.heap - before.heap) / mebibyte).toBeLessThan(64)
  })

  it.each(architectures)(
    'should share the memory of a guest of 512 MiB while they are idle, %s',
    async (architecture) => {
      const guest = held.use(await createTestingGuest({ architecture }))
      await guest.boot()
      const frozen = held.use(await freezeMachine(await guest.machine.run()))
      const machines: StartedMachine[] = []
      for (let count = 0; count < 6; count += 1) machines.push(held.use(await (await frozen.fork()).run()))
      const total = (await Promise.all(machines.map(({ pid }) => pssOf(pid)))).reduce(
        (sum, each) => sum + each,
        0,
      )
      expect(total / (machines.length * 512 * mebibyte)).toBeLessThan(0.15)
    },
  )
})
