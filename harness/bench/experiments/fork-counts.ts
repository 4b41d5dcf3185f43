import type { Architecture } from '../../common/architecture.ts'
import { type BootOptions, boot, type ForkedGuest } from '../../guest/guest.ts'
import type { Experiment, Figures, RowSpec } from '../experiment.ts'
import { heldMemory } from '../process-memory.ts'
import { answerOn, bootOptions, timed } from './fork.ts'

const counts = [1, 2, 4, 8, 16, 32, 64]

/** Forks one frozen guest again and again, and looks at all forks together whenever there are so many of them. */
const manyForks = async (options: BootOptions): Promise<Figures> => {
  const guest = await boot(options)
  await using frozen = await guest.freeze()
  await using forks = new AsyncDisposableStack()
  const machines: ForkedGuest['machine'][] = []
  const figures: Record<string, number> = {}
  for (let count = 1; count <= Math.max(...counts); count += 1) {
    const ms = await timed(async () => {
      const fork = forks.use(await frozen.fork({ outDirectory: undefined }))
      await answerOn(fork)
      machines.push(fork.machine)
    })
    if (!counts.includes(count)) continue
    const held = machines.map(({ pid, memoryFile }) => heldMemory(pid, memoryFile))
    const pssMiB = held.reduce((sum, { pssKiB }) => sum + pssKiB, 0) / 1024
    const frozenMiB = held.reduce((sum, { ofFileKiB }) => sum + ofFileKiB, 0) / 1024
    figures[`share ${count}`] = (100 * (pssMiB - frozenMiB)) / (count * frozen.spec.memoryMiB)
    figures[`MiB ${count}`] = (pssMiB - frozenMiB) / count
    figures[`PSS ${count}`] = (100 * pssMiB) / (count * frozen.spec.memoryMiB)
    figures[`ms ${count}`] = ms
  }
  return figures
}

const countRows = (count: number): readonly RowSpec[] => [
  {
    name: 'memory that idle forks take, of that of their guests',
    unit: '%',
    size: `${count} forks`,
    how: 'proportional set size of their QEMUs, less the pages of the frozen memory that they only read: the frozen guest holds those with and without forks',
    value: (round) => round.figure('forks', `share ${count}`),
  },
  {
    name: 'memory that one idle fork takes',
    unit: 'MiB',
    size: `${count} forks`,
    value: (round) => round.figure('forks', `MiB ${count}`),
  },
  {
    name: 'memory that idle forks take or read of the frozen guest (PSS), of that of their guests',
    unit: '%',
    size: `${count} forks`,
    target: { bound: 'at most', value: 15 },
    value: (round) => round.figure('forks', `PSS ${count}`),
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
