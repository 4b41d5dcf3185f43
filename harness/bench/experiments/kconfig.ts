import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { checkout } from '../../vitest/checkout.ts'
import { comparisonRows } from '../at-rest/side-by-side.ts'
import { timeDrydock, timePeer } from '../at-rest/timed-command.ts'
import type { Experiment } from '../experiment.ts'
import { kernelCheckerTree } from '../peers/peers.ts'
import { installTree } from '../peers/tree.ts'

const peer = 'kernel-hardening-checker'
const manyFiles = 80
const source = join(checkout, 'fixtures', 'kernel-config', 'debian-6.12-cloud-amd64.config.gz')

/** Kernel configurations judged, from the start of the first process to the end of the last. */
export const kconfigExperiment: Experiment = {
  name: 'kconfig',
  architecture: undefined,
  rows: [
    ...comparisonRows({
      name: 'a kernel configuration judged',
      unit: 'ms',
      ours: 'one',
      peers: [{ contender: peer, target: { bound: 'at least', value: 2 } }],
    }),
    ...comparisonRows({
      name: `${manyFiles} kernel configurations judged`,
      unit: 'ms',
      ours: 'many',
      how: 'in one call',
      peers: [
        {
          contender: `${peer}, each`,
          how: 'it takes one at a time',
          target: { bound: 'at least', value: 20 },
        },
      ],
    }),
  ],
  prepare: async ({ scratch, progress }) => {
    const tree = await installTree(kernelCheckerTree, progress)
    const work = join(scratch, 'kconfig')
    await mkdir(join(work, 'job'), { recursive: true })
    const content = gunzipSync(await readFile(source))
    const names = Array.from({ length: manyFiles }, (_, index) => `${index}.config`)
    for (const name of names) await writeFile(join(work, 'job', name), content)
    const listOf = async (name: string, folder: string, files: readonly string[]): Promise<void> =>
      writeFile(join(work, name), files.map((file) => `${folder}/${file}\n`).join(''))
    await listOf('one', join(work, 'job'), names.slice(0, 1))
    await listOf('many', join(work, 'job'), names)
    await listOf('one-in-tree', '/tmp/job', names.slice(0, 1))
    await listOf('many-in-tree', '/tmp/job', names)
    const drydock = (list: string) => () =>
      timeDrydock({ words: ['kconfig'], list: join(work, list), way: 'all' })
    const theirs = (list: string) => () =>
      timePeer({ words: [peer, '-c'], list: `/tmp/${list}`, way: 'each' }, tree, work)
    // The first start after a change makes what later ones run from.
    await drydock('one')()
    return {
      contenders: [
        { name: 'one', measure: drydock('one') },
        { name: peer, measure: theirs('one-in-tree') },
        { name: 'many', measure: drydock('many') },
        { name: `${peer}, each`, measure: theirs('many-in-tree') },
      ],
      async [Symbol.asyncDispose]() {},
    }
  },
}
