import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Architecture } from '../../common/architecture.ts'
import { specOf } from '../../target/target.ts'
import { timeDrydock } from '../at-rest/timed-command.ts'
import type { Experiment } from '../experiment.ts'

/** The reference image's initrd, with the squashfs in it: every file listed, every program read and judged. */
export const initrdExperiment = (architecture: Architecture): Experiment => ({
  name: 'initrd',
  architecture,
  rows: [
    {
      name: 'the reference initrd opened, inventoried and judged: CPU time',
      unit: 's',
      target: { bound: 'at most', value: 2 },
      how: '`drydock binaries`, process start included',
      value: (round) => round.figure('initrd', 'cpu') / 1000,
    },
    {
      name: 'the reference initrd opened, inventoried and judged',
      unit: 's',
      value: (round) => round.figure('initrd', 'ms') / 1000,
    },
  ],
  prepare: async ({ scratch, reference }) => {
    const { initrd } = specOf(reference.release, architecture)
    if (initrd === undefined) throw new Error('the reference image has no initrd')
    const work = join(scratch, `initrd-${architecture}`)
    await mkdir(work, { recursive: true })
    const list = join(work, 'files')
    await writeFile(list, `${initrd}\n`)
    const measure = () => timeDrydock({ words: ['binaries'], list, way: 'all' })
    await measure()
    return { contenders: [{ name: 'initrd', measure }], async [Symbol.asyncDispose]() {} }
  },
})
