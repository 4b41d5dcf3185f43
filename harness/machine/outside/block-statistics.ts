import type { ObservedMachine } from './observed-machine.ts'

/** What the guest did to one disk since it started, counted by QEMU. */
export interface DiskStatistics {
  /** QEMU's id of the device, else the name of its block node; disks of a machine are `disk0`, `disk1`... in their order. */
  readonly id: string
  /** What is behind it, as QEMU names it. Undefined for a drive without a medium. */
  readonly file: string | undefined
  /** QEMU refuses writes: no written bytes prove nothing. */
  readonly readOnly: boolean
  readonly writtenBytes: number
  readonly writeOperations: number
  readonly readBytes: number
  readonly readOperations: number
  readonly flushOperations: number
  /** Discarded by the guest: that changes a disk as well. */
  readonly unmappedBytes: number
  readonly unmapOperations: number
  /** Offset of the byte after the last one ever written. */
  readonly highestWrittenOffset: number
}

/** The first name that is one; of a path in QEMU's device tree the part that was given as id. */
const idOf = (names: readonly (string | undefined)[]): string => {
  const name = names.find((candidate) => candidate !== undefined && candidate !== '') ?? 'unnamed'
  return /^\/machine\/peripheral\/([^/]+)/.exec(name)?.[1] ?? name
}

/** Counters of all disks, in QEMU's order. */
export const readBlockStatistics = async ({ qmp }: ObservedMachine): Promise<DiskStatistics[]> => {
  const [blocks, statistics] = await Promise.all([
    qmp.execute('query-block'),
    qmp.execute('query-blockstats'),
  ])
  return statistics.map(({ device, qdev, 'node-name': node, stats }) => {
    const block = blocks.find((candidate) =>
      qdev === undefined || qdev === '' ? candidate.device === device : candidate.qdev === qdev,
    )
    return {
      id: idOf([qdev, device, node]),
      file: block?.inserted?.file,
      readOnly: block?.inserted?.ro ?? false,
      writtenBytes: stats.wr_bytes,
      writeOperations: stats.wr_operations,
      readBytes: stats.rd_bytes,
      readOperations: stats.rd_operations,
      flushOperations: stats.flush_operations,
      unmappedBytes: stats.unmap_bytes,
      unmapOperations: stats.unmap_operations,
      highestWrittenOffset: stats.wr_highest_offset,
    }
  })
}
