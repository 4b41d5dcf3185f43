import type { Architecture } from '../../common/architecture.ts'
import type { Experiment } from '../experiment.ts'
import { harnessBoot } from './boot.ts'

const sizesMiB = [128, 256, 512, 1024, 2048, 4096]

/** The same boot with less and with more memory. */
export const bootSizesExperiment = (architecture: Architecture): Experiment => ({
  name: 'boot-sizes',
  architecture,
  rows: sizesMiB.map((mebibytes) => ({
    name: 'boot to first command',
    unit: 's',
    size: `${mebibytes} MiB guest`,
    value: (round) => round.figure(`${mebibytes}`, 'ms') / 1000,
  })),
  prepare: async (world) => ({
    contenders: sizesMiB.map((mebibytes) => harnessBoot(`${mebibytes}`, world, architecture, mebibytes)),
    async [Symbol.asyncDispose]() {},
  }),
})
