import { join } from 'node:path'
import { execa } from 'execa'
import { checkout } from '../../vitest/checkout.ts'
import type { Contender, Experiment } from '../experiment.ts'

const spawned = (name: string, args: readonly string[]): Contender => ({
  name,
  measure: async () => {
    const startedAt = performance.now()
    await execa(process.execPath, args, { stdin: 'ignore', cwd: checkout })
    return { ms: performance.now() - startedAt }
  },
})

/** Until `drydock --help` has ended, and what of it is node's own start. */
export const commandLineExperiment: Experiment = {
  name: 'command-line',
  architecture: undefined,
  rows: [
    {
      name: 'importing the CLI and printing --help',
      unit: 'ms',
      target: { bound: 'at most', value: 150 },
      value: (round) => round.figure('help', 'ms'),
    },
    {
      name: "node's own start, with nothing to run",
      unit: 'ms',
      peer: 'node',
      value: (round) => round.figure('node', 'ms'),
    },
  ],
  prepare: async () => ({
    contenders: [
      spawned('help', [join(checkout, 'harness', 'cli', 'drydock.mjs'), '--help']),
      spawned('node', ['--eval', '0']),
    ],
    async [Symbol.asyncDispose]() {},
  }),
}
