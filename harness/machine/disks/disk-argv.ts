import type { DiskFormat } from '../../target/target.ts'
import type { DiskUse } from './open-disk.ts'

/**
 * A disk as QEMU gets it: descriptors of its own, which stand for the opened files, from the top layer down. Without any, it
 * is the flash of a fork: its contents come with the state.
 */
export interface ArgvDisk {
  readonly use: DiskUse
  readonly writable: boolean
  readonly diskBytes: number
  readonly layers: readonly { readonly fd: number; readonly format: DiskFormat }[]
}

/** The arguments for all disks: block nodes `disk0`, `disk1`..., `code` and `variables`, and a virtio device for each disk. */
export const disksArgv = (disks: readonly ArgvDisk[]): string[] => {
  const plain = disks.filter(({ use }) => use === 'disk')
  const flash = disks.filter(({ use }) => use !== 'disk')
  return [
    ...flash.flatMap((disk) => nodes(disk, disk.use)),
    ...plain.flatMap((disk, index) => [
      ...nodes(disk, `disk${index}`),
      ...json('-device', { driver: 'virtio-blk-pci', id: `disk${index}`, drive: `disk${index}` }),
    ]),
  ]
}

/** The properties of `-machine` that map firmware into flash; the empty string where there is none. */
export const flashProperties = (disks: readonly ArgvDisk[]): string =>
  [
    ['pflash0', 'code'],
    ['pflash1', 'variables'],
  ]
    .filter(([, node]) => disks.some(({ use }) => use === node))
    .map(([chip, node]) => `,${chip}=${node}`)
    .join('')

const nodes = (disk: ArgvDisk, name: string) =>
  disk.layers.length === 0 ? nothing(disk, name) : files(disk, name)

const files = ({ layers, writable }: ArgvDisk, name: string) => [
  ...layers.flatMap(({ fd }) => ['-add-fd', `fd=${fd},set=${fd}`]),
  ...json('-blockdev', { 'node-name': name, ...(writable ? written : {}), ...layer(layers, writable) }),
]

// QEMU reads flash whole when it starts, writes it whole once it has taken a state (hw/block/pflash_cfi01.c), and does
// neither later. This driver leaves the memory that it is to read into alone: 128 MiB less for each fork on arm64.
const nothing = ({ writable, diskBytes }: ArgvDisk, name: string) =>
  json('-blockdev', {
    ...{ 'node-name': name, driver: 'null-co', size: diskBytes },
    ...{ 'read-zeroes': false, 'read-only': !writable },
  })

// Host crashes are of no concern to a file without a name, so that flushes need not reach its disk. What a guest
// discards or fills with zeros takes no space.
const written = { cache: { 'no-flush': true }, discard: 'unmap', 'detect-zeroes': 'unmap' }

/** A block node as `-blockdev` describes it, with all that is below. `backing` says that there is nothing more. */
const layer = ([top, ...below]: ArgvDisk['layers'], writable: boolean): object | null =>
  top === undefined
    ? null
    : {
        driver: top.format,
        'read-only': !writable,
        file: {
          driver: 'file',
          filename: `/dev/fdset/${top.fd}`,
          'read-only': !writable,
          ...(writable ? { discard: 'unmap' } : {}),
        },
        ...(top.format === 'raw' ? {} : { backing: layer(below, false) }),
      }

const json = (option: string, value: object) => [option, JSON.stringify(value)]
