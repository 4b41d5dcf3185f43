import type { Architecture } from '../../common/architecture.ts'
import { boot } from '../../guest/guest.ts'
import type { Contender, Experiment, Figures, RowSpec, World } from '../experiment.ts'
import { changedTarget } from '../targets.ts'
import { answerOn, bootOptions, timed } from './fork.ts'

const sizesMiB = [128, 256, 512, 1024, 2048, 4096]

const sizeRows = (mebibytes: number): readonly RowSpec[] =>
  [
    ['freeze a booted guest', 'freezeMs'] as const,
    ['fork until a command has answered over serial', 'forkMs'] as const,
  ].map(([name, what]) => ({
    name,
    unit: 'ms',
    size: `${mebibytes} MiB guest`,
    value: (round) => round.figure(`${mebibytes}`, what),
  }))

const ofSize = (mebibytes: number, architecture: Architecture, world: World): Contender => ({
  name: `${mebibytes}`,
  measure: async (): Promise<Figures> => {
    const target = changedTarget(world.reference.debug, () => ({ memoryMiB: mebibytes }))
    const guest = await boot(await bootOptions(target, architecture, world))
    const startedAt = performance.now()
    await using frozen = await guest.freeze()
    const freezeMs = performance.now() - startedAt
    const forkMs = await timed(async () => {
      await using fork = await frozen.fork({ outDirectory: undefined })
      await answerOn(fork)
    })
    return { freezeMs, forkMs }
  },
})

/** Freezing and forking with less and with more memory; the fork's end is in its time. */
export const forkSizesExperiment = (architecture: Architecture): Experiment => ({
  name: 'fork-sizes',
  architecture,
  rows: sizesMiB.flatMap(sizeRows),
  prepare: async (world) => ({
    contenders: sizesMiB.map((mebibytes) => ofSize(mebibytes, architecture, world)),
    async [Symbol.asyncDispose]() {},
  }),
})
