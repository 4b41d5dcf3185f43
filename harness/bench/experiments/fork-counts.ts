import type { Architecture } from '../../common/architecture.ts'
import { type BootOptions, boot } from '../../guest/guest.ts'
import type { Experiment, Figures, RowSpec } from '../experiment.ts'
import { pssKiB } from '../process-memory.ts'
import { answerOn, bootOptions, timed } from './fork.ts'

const counts = [1, 2, 4, 8, 16, 32, 64]

/** Forks one frozen guest again and again, and looks at all forks together whenever there are so many of them. */
const manyForks = async (options: BootOptions): Promise<Figures> => {
  const guest = await boot(options)
  await using frozen = await guest.freeze()
  await using forks = new AsyncDisposableStack()
  const pids: number[] = []
  const figures: Record<string, number> = {}
  for (let count = 1; count <= Math.max(...counts); count += 1) {
    const ms = await timed(async () => {
      const fork = forks.use(await frozen.fork({ outDirectory: undefined }))
      await answerOn(fork)
      pids.push(fork.machine.pid)
    })
    if (!counts.includes(count)) continue
    const held = pids.reduce((sum, pid) => sum + pssKiB(pid), 0) / 1024
    figures[`share ${count}`] = (100 * held) / (count * frozen.spec.memoryMiB)
    figures[`MiB ${count}`] = held / count
    figures[`ms ${count}`] = ms
  }
  return figures
}

const countRows = (count: number): readonly RowSpec[] => [
  {
    name: 'memory of idle forks (PSS), of that of their guests',
    unit: '%',
    size: `${count} forks`,
    target: { bound: 'at most', value: 15 },
    value: (round) => round.figure('forks', `share ${count}`),
  },
  {
    name: 'memory of one idle fork (PSS)',
    unit: 'MiB',
    size: `${count} forks`,
    value: (round) => round.figure('forks', `MiB ${count}`),
  },
  {
    name: 'one more fork until a command has answered',
    unit: 'ms',
    size: `${count} forks`,
    value: (round) => round.figure('forks', `ms ${count}`),
  },
]

/** Memory and speed of one to many forks of a guest of 512 MiB. */
export const forkCountsExperiment = (architecture: Architecture): Experiment => ({
  name: 'fork-counts',
  architecture,
  rows: counts.flatMap(countRows),
  prepare: async (world) => ({
    contenders: [
      {
        name: 'forks',
        measure: async () => await manyForks(await bootOptions(world.reference.debug, architecture, world)),
      },
    ],
    async [Symbol.asyncDispose]() {},
  }),
})
