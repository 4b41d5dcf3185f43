import { mkdtemp } from 'node:fs/promises'
import { join } from 'node:path'
import type { Architecture } from '../../common/architecture.ts'
import { type BootOptions, boot, type ForkedGuest, type FrozenGuest } from '../../guest/guest.ts'
import type { Target } from '../../target/target.ts'
import type { Experiment, Figures, RowSpec, World } from '../experiment.ts'
import { median } from '../statistics.ts'

/** Milliseconds of the work. */
export const timed = async (work: () => Promise<unknown>): Promise<number> => {
  const startedAt = performance.now()
  await work()
  return performance.now() - startedAt
}

export const bootOptions = async (
  target: Target,
  architecture: Architecture,
  { accelerator, scratch, progress }: World,
): Promise<BootOptions> => ({
  ...{ target, architecture, accelerator, progress },
  outDirectory: await mkdtemp(join(scratch, 'boot-')),
})

export const answerOn = async ({ serial }: ForkedGuest): Promise<void> => {
  if (serial === undefined) throw new Error('the image has no login on its console')
  await serial.run(['uname', '-r'])
}

/** From the call of `fork` until this has answered in a fork of its own. */
const ways: Readonly<Record<string, (fork: ForkedGuest) => Promise<unknown>>> = {
  'no answer': async () => {},
  serial: answerOn,
  ssh: async ({ ssh }) => {
    if (ssh === undefined) throw new Error('the image has no sshd')
    await ssh.run(['uname', '-r'])
  },
  probe: async (fork) => (await fork.probe()).processes(),
}

const forksOfEach = 5

/** One boot, its freezing, and forks of it. */
const wholeLife = async (options: BootOptions): Promise<Figures> => {
  const startedAt = performance.now()
  const guest = await boot(options)
  await guest.serial?.run(['uname', '-r'])
  const bootMs = performance.now() - startedAt
  // Started before the freezing in any case; here it is no part of its time.
  await guest.probe()
  const frozenAt = performance.now()
  await using frozen = await guest.freeze()
  const freezeMs = performance.now() - frozenAt
  const figures: Record<string, number> = { bootMs, freezeMs }
  for (const [way, use] of Object.entries(ways)) figures[way] = await medianFork(frozen, use)
  return figures
}

const medianFork = async (
  frozen: FrozenGuest,
  use: (fork: ForkedGuest) => Promise<unknown>,
): Promise<number> => {
  const times: number[] = []
  for (let count = 0; count < forksOfEach; count += 1) {
    const startedAt = performance.now()
    await using fork = await frozen.fork({ outDirectory: undefined })
    await use(fork)
    times.push(performance.now() - startedAt)
  }
  return median(times)
}

const figure = (name: string, what: string, more: Partial<RowSpec> = {}): RowSpec => ({
  name,
  unit: 'ms',
  value: (round) => round.figure('guest', what),
  ...more,
})

const serialTarget: Readonly<Record<Architecture, number>> = { x86_64: 250, arm64: 350 }

/** Freezing a booted guest, and forking it until it has answered, in this process and one after the other. */
export const forkExperiment = (architecture: Architecture): Experiment => ({
  name: 'fork',
  architecture,
  rows: [
    figure('fork until a command has answered over serial', 'serial', {
      target: { bound: 'at most', value: serialTarget[architecture] },
      how: `each way in ${forksOfEach} forks of its own per boot, the median of them is one sample`,
    }),
    figure('fork until a command has answered over ssh', 'ssh'),
    figure('fork until the probe has listed the processes', 'probe'),
    figure('fork until its CPUs run', 'no answer'),
    figure('freeze a booted guest', 'freezeMs'),
    {
      name: 'boot to first command, of a fork to its first command',
      unit: 'times',
      target: { bound: 'at least', value: 10 },
      value: (round) => round.figure('guest', 'bootMs') / round.figure('guest', 'serial'),
    },
  ],
  prepare: async (world) => ({
    contenders: [
      {
        name: 'guest',
        measure: async () => await wholeLife(await bootOptions(world.reference.debug, architecture, world)),
      },
    ],
    async [Symbol.asyncDispose]() {},
  }),
})
