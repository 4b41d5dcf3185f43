import type { DiskFormat } from '../../target/target.ts'
import { type DiskUse, isFlash } from './open-disk.ts'

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

export interface DisksOptions {
  /** Whether firmware looks for something to start on them, in their order, and nowhere else. @default false */
  readonly bootable?: boolean
}

/** The arguments for all disks: block nodes `disk0`, `disk1`..., `code` and `variables`, and a device for each disk. */
export const disksArgv = (disks: readonly ArgvDisk[], { bootable = false }: DisksOptions = {}): string[] => {
  const plain = disks.filter((disk) => !isFlash(disk))
  return [
    ...disks.filter(isFlash).flatMap((disk) => nodes(disk, disk.use)),
    ...(plain.some(({ use }) => use === 'cdrom')
      ? json('-device', { driver: 'virtio-scsi-pci', id: 'scsi' })
      : []),
    ...plain.flatMap((disk, index) => {
      const id = `disk${index}`
      // Firmware that has an order leaves out all else: no minutes of waiting for a network to boot from.
      const place = { id, drive: id, ...(bootable ? { bootindex: index } : {}) }
      return [
        ...nodes(disk, id),
        ...json('-device', { ...(disk.use === 'cdrom' ? opticalDrive : virtioDisk), ...place }),
      ]
    }),
  ]
}

const virtioDisk = { driver: 'virtio-blk-pci' }
const opticalDrive = { driver: 'scsi-cd', bus: 'scsi.0' }

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
