import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { withDiskFile } from '../../image/elf-file.ts'
import { comparisonRows } from '../at-rest/side-by-side.ts'
import { timeDrydock, timePeer } from '../at-rest/timed-command.ts'
import type { Contender, Experiment, Figures } from '../experiment.ts'
import { elfCheckersTree } from '../peers/peers.ts'
import { hostRoot, installTree } from '../peers/tree.ts'

const count = 1000
/** Those who take a tenth of a second for a file are given few. */
const fewFiles = 20

const isElf = (path: string): boolean =>
  withDiskFile(path, ({ bytes }) => bytes?.read(0, 4).toString('latin1') === '\x7fELF')

/** The first ELF files of the host's own programs and libraries, by name. */
const elfFiles = async (): Promise<readonly string[]> => {
  const found: string[] = []
  for (const folder of ['/usr/bin', '/usr/lib']) {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true })
    const paths = entries
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => join(parentPath, name))
    found.push(...paths.toSorted().filter(isElf))
  }
  if (found.length < count)
    throw new Error(`expected ${count} ELF files in /usr/bin and /usr/lib, found ${found.length}`)
  return found.slice(0, count)
}

interface ElfPeer {
  readonly name: string
  readonly words: readonly string[]
  readonly files: number
  readonly way: 'all' | 'each'
}

const scanelf: ElfPeer = { name: 'scanelf', words: ['scanelf', '-a'], files: count, way: 'all' }
const slowPeers: readonly ElfPeer[] = [
  { name: 'hardening-check', words: ['hardening-check'], files: fewFiles, way: 'all' },
  { name: 'checksec', words: ['sh', '-c', 'exec checksec --file="$1"', 'sh'], files: fewFiles, way: 'each' },
]

const perFile = ({ ms = Number.NaN }: Figures, files: number): Figures => ({ ms: ms / files })

/** ELF files of the host judged, from the start of the first process to the end of the last. */
export const binariesExperiment: Experiment = {
  name: 'binaries',
  architecture: undefined,
  rows: [
    ...comparisonRows({
      name: `${count} ELF files judged`,
      unit: 'ms',
      ours: 'all',
      peers: [{ contender: scanelf.name, target: { bound: 'at most', value: 5 } }],
    }),
    ...comparisonRows({
      name: `an ELF file judged, of ${count}`,
      unit: 'ms',
      ours: 'each',
      peers: slowPeers.map(({ name }) => ({
        contender: name,
        how: `${fewFiles} of the files`,
        target: { bound: 'at least', value: 50 },
      })),
    }),
  ],
  prepare: async ({ scratch, progress }) => {
    const tree = await installTree(elfCheckersTree, progress)
    const work = join(scratch, 'binaries')
    await mkdir(join(work, 'job'), { recursive: true })
    const files = await elfFiles()
    const write = (name: string, lines: readonly string[]) =>
      writeFile(join(work, name), lines.map((line) => `${line}\n`).join(''))
    await write('files', files)
    const inTree = files.map((file) => hostRoot + file)
    await write(`tree-${count}`, inTree)
    // Spread over all of them, since neighbours are alike.
    await write(
      `tree-${fewFiles}`,
      inTree.filter((_, index) => index % (count / fewFiles) === 0),
    )
    const ours = () => timeDrydock({ words: ['binaries'], list: join(work, 'files'), way: 'all' })
    const theirs = ({ words, files: number, way }: ElfPeer) =>
      timePeer({ words, list: `/tmp/tree-${number}`, way }, tree, work)
    await ours()
    const contenders: Contender[] = [
      { name: 'all', measure: ours },
      { name: 'each', measure: async () => perFile(await ours(), count) },
      { name: scanelf.name, measure: () => theirs(scanelf) },
      ...slowPeers.map((peer) => ({
        name: peer.name,
        measure: async () => perFile(await theirs(peer), peer.files),
      })),
    ]
    return { contenders, async [Symbol.asyncDispose]() {} }
  },
}
