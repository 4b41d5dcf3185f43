import { readFileSync } from 'node:fs'
import { DrydockError } from '../../common/errors.ts'
import type { ObservedMachine } from './observed-machine.ts'
import { MemoryFile } from './physical-memory.ts'
import type { RamSegment } from './ram-layout.ts'

/** A stretch of a process's memory that is mapped from a file; all in bytes. */
interface Mapping {
  /** Device and inode, as proc_pid_maps(5) shows them. */
  readonly file: string
  readonly address: number
  readonly size: number
  readonly fileOffset: number
}

const mapsLimit = 65_536
const mapsLine = /^([0-9a-f]{1,13})-([0-9a-f]{1,13}) rw-p ([0-9a-f]+) ([0-9a-f]+:[0-9a-f]+ [1-9]\d*)\s/

/** The private writable mappings of files, of a text as in /proc/PID/maps. */
const parseMaps = (text: string): Mapping[] =>
  text.split('\n', mapsLimit).flatMap((line) => {
    const [, from, to, offset, file] = mapsLine.exec(line) ?? []
    if (from === undefined || to === undefined || offset === undefined || file === undefined) return []
    const address = Number.parseInt(from, 16)
    const size = Number.parseInt(to, 16) - address
    return [{ file, address, size, fileOffset: Number.parseInt(offset, 16) }]
  })

/**
 * Where a process maps a guest's memory: the one file of which it maps exactly `size` bytes, from the beginning, private
 * and writable. The path tells less: it may have been renamed or removed since. Undefined where there is none, or several.
 */
export const findMemoryMapping = (maps: string, size: number): readonly Mapping[] | undefined => {
  const files = Map.groupBy(parseMaps(maps), ({ file }) => file)
  const whole = [...files.values()].filter((mappings) => {
    let end = 0
    for (const { fileOffset, size: bytes } of mappings) {
      if (fileOffset !== end) return false
      end += bytes
    }
    return end === size
  })
  return whole.length === 1 ? whole[0] : undefined
}

/** The stretches of RAM, cut and moved to where a process has them. */
const moved = (segments: readonly RamSegment[], mappings: readonly Mapping[]): RamSegment[] =>
  segments.flatMap((segment) =>
    mappings.flatMap((mapping) => {
      const from = Math.max(segment.fileOffset, mapping.fileOffset)
      const to = Math.min(segment.fileOffset + segment.size, mapping.fileOffset + mapping.size)
      if (from >= to) return []
      return [
        {
          address: segment.address + from - segment.fileOffset,
          size: to - from,
          fileOffset: mapping.address + from - mapping.fileOffset,
        },
      ]
    }),
  )

/** The guest's memory: in its file, or, where it is a fork, in QEMU's process, which alone has what it wrote. */
export const openMemory = (machine: ObservedMachine, segments: readonly RamSegment[]): MemoryFile => {
  if (machine.origin === 'power-on') return new MemoryFile(machine.memoryFile, segments)
  const size = Math.max(...segments.map((segment) => segment.fileOffset + segment.size))
  const mappings = findMemoryMapping(readFileSync(`/proc/${machine.pid}/maps`, 'utf8'), size)
  if (mappings === undefined) {
    throw new DrydockError(
      `expected one file of ${size} bytes mapped by QEMU as the guest's memory, found none or several in /proc/${machine.pid}/maps`,
      { code: 'MEMORY_UNREADABLE', blame: 'testbed' },
    )
  }
  return new MemoryFile(`/proc/${machine.pid}/mem`, moved(segments, mappings))
}
