import { join } from 'node:path'
import { execa } from 'execa'
import { z } from 'zod'
import { architectures } from '../../common/architecture.ts'
import { checkout } from '../../vitest/checkout.ts'
import type { Contender, Experiment, RowSpec, World } from '../experiment.ts'
import { runSubject } from '../subject.ts'
import { consoleSpec } from '../targets.ts'
import { commandLineOf, plainBoot } from './boot.ts'

/** `drydock check` as a user runs it, in a process of its own; a check that fails takes as long as one that passes. */
const catalogueRun = (world: World): Contender => ({
  name: 'catalogue',
  measure: async () => {
    const startedAt = performance.now()
    const { exitCode, stderr } = await execa(
      process.execPath,
      [
        ...[join(checkout, 'harness', 'cli', 'drydock.mjs'), 'check', world.reference.release.source],
        ...['--accel', world.accelerator, '--out', join(world.scratch, 'reports')],
      ],
      { stdin: 'ignore', cwd: checkout, reject: false },
    )
    if (exitCode !== 0 && exitCode !== 1) throw new Error(`drydock check ended with ${exitCode}: ${stderr}`)
    return { ms: performance.now() - startedAt }
  },
})

/** The whole of what `npm start` judges, against one bare boot of each architecture. */
export const catalogueExperiment: Experiment = {
  name: 'catalogue',
  architecture: undefined,
  rows: [
    {
      name: 'the whole catalogue, against the sum of the two bare boots',
      unit: 'times',
      target: { bound: 'at most', value: 3 },
      how: '`drydock check` of the release variant, both architectures; bare boots of the debug variant until `uname -r` has answered on the console',
      value: (round) =>
        round.figure('catalogue', 'ms') /
        architectures.reduce((sum, architecture) => sum + round.figure(`bare ${architecture}`, 'ms'), 0),
    },
    {
      name: 'the whole catalogue',
      unit: 's',
      value: (round) => round.figure('catalogue', 'ms') / 1000,
    },
  ],
  prepare: async (world) => ({
    contenders: [
      catalogueRun(world),
      ...(await Promise.all(
        architectures.map(async (architecture) => {
          const spec = consoleSpec(world.reference.debug, architecture)
          return plainBoot(`bare ${architecture}`, await commandLineOf(spec, world), spec)
        }),
      )),
    ],
    async [Symbol.asyncDispose]() {},
  }),
}

const counts = [1, 5, 10, 25, 50, 100, 250, 500]

const countRow = (count: number): RowSpec => ({
  name: 'a run of synthetic checks, both architectures',
  how: 'every second check reads in the shared guest, the others each attack in a fork of their own',
  unit: 's',
  size: `${count} checks`,
  value: (round) => round.figure(`${count}`, 's'),
})

/** How a run grows with the number of its checks. */
export const checkCountsExperiment: Experiment = {
  name: 'check-counts',
  architecture: undefined,
  mostRuns: 3,
  rows: counts.map(countRow),
  prepare: async (world) => ({
    contenders: counts.map((count) => ({
      name: `${count}`,
      measure: async () =>
        await runSubject(
          'check-many.ts',
          {
            targetFile: world.reference.release.source,
            accelerator: world.accelerator,
            count,
            reports: join(world.scratch, 'reports'),
          },
          z.object({ s: z.number() }),
        ),
    })),
    async [Symbol.asyncDispose]() {},
  }),
}
