import type { ByteSource } from '../byte-source.ts'
import { damaged } from '../damaged.ts'
import { type Extent, extentSource } from '../extent-source.ts'
import { decodeName } from '../fields.ts'
import { entryTypeOf, isDevice } from '../file-mode.ts'
import { type Named, readFileSystem } from '../file-system.ts'
import { LastOne } from '../last-one.ts'
import { limits } from '../limits.ts'
import type { MemoryTree, NewEntry } from '../memory-tree.ts'
import { type MetadataSource, metadataSource, readMetadata } from '../metadata-source.ts'
import { type DirectoryRecord, parseRecord } from './directory-record.ts'
import { type RockRidge, readRockRidge, suspSkip } from './rock-ridge.ts'
import { decodeUcs2, readVolumes, sectorBytes, type Volume } from './volume.ts'

export { isIso9660 } from './volume.ts'

/** What Linux shows where an image has no Rock Ridge. */
const shown = { mode: 0o555, uid: 0, gid: 0 } as const

interface Id {
  readonly record: DirectoryRecord
  readonly extents: readonly Extent[]
  readonly size: number
  readonly rockRidge: RockRidge | undefined
  readonly place: string
}

const extentOf = (record: DirectoryRecord, at: number): Extent => ({
  at,
  length: record.size,
  from: record.sector * sectorBytes,
})

/** The records of a directory; none crosses the end of a sector, where zeros fill up. */
const recordsOf = (bytes: Buffer): DirectoryRecord[] => {
  const found: DirectoryRecord[] = []
  for (let start = 0; start < bytes.length; start += sectorBytes) {
    const sector = bytes.subarray(start, start + sectorBytes)
    for (let at = 0; at < sector.length && sector[at] !== 0; at += sector[at] ?? 1) {
      const record = parseRecord(sector.subarray(at, at + (sector[at] ?? 0)))
      if (record === undefined) break
      found.push(record)
    }
  }
  return found
}

const mapped = (source: ByteSource, name: string, size: number, extents: readonly Extent[]): ByteSource =>
  extentSource({ source, size, name, slot: new LastOne(), load: async () => extents })

const bytesOf = async (metadata: MetadataSource, extents: readonly Extent[], size: number): Promise<Buffer> =>
  await readMetadata(metadata, mapped(metadata, metadata.name, size, extents))

/** `FILE.TXT;1` is what Linux calls file.txt. */
const plainName = (record: DirectoryRecord, { isJoliet }: Volume): string => {
  const name = isJoliet ? decodeUcs2(record.name) : record.name.toString('latin1').toLowerCase()
  return name.replace(/\.?;\d+$/, '')
}

const entryOf = (source: ByteSource, { record, rockRidge, extents, size }: Id): NewEntry => {
  const { attributes, linkTarget, device } = rockRidge ?? {}
  const type = attributes === undefined ? undefined : entryTypeOf(attributes.mode)
  const actual = type ?? (record.isDirectory ? 'directory' : 'file')
  if ((actual === 'directory') !== record.isDirectory && rockRidge?.childAt === undefined) {
    throw damaged(
      'IMAGE_DAMAGED',
      `${source.name}: expected a directory where its mode says so, found a file`,
    )
  }
  const name = `${source.name} sector ${record.sector}`
  return {
    type: actual,
    ...(attributes ?? shown),
    ...(actual === 'file' ? { content: mapped(source, name, size, extents) } : {}),
    ...(actual === 'symlink' && linkTarget !== undefined ? { linkTarget: decodeName(linkTarget) } : {}),
    ...(isDevice(actual) && device !== undefined ? { device } : {}),
  }
}

/**
 * Reads ISO 9660 with Rock Ridge, else with Joliet's names, else with its own. Extended attributes are not shown:
 * Linux has none there, whatever a writer has put into AAIP fields.
 * @throws `IMAGE_DAMAGED`, `IMAGE_TOO_LARGE`, `IMAGE_UNSUPPORTED` for files that are compressed
 */
export const readIso9660 = async (source: ByteSource): Promise<MemoryTree> => {
  const metadata = metadataSource(source)
  const { primary, joliet } = await readVolumes(metadata)
  const [self] = recordsOf(await bytesOf(metadata, [extentOf(primary.root, 0)], primary.root.size))
  const skip = self === undefined ? undefined : suspSkip(self.extra)
  const volume = skip === undefined ? (joliet ?? primary) : primary

  const extraOf = async (record: DirectoryRecord, isFirst: boolean): Promise<RockRidge | undefined> =>
    skip === undefined ? undefined : await readRockRidge(metadata, record.extra.subarray(isFirst ? 0 : skip))

  const list = async ({ extents, size, place }: Id): Promise<Named<Id>[]> => {
    const found: Named<Id>[] = []
    let pieces: Extent[] = []
    for (const [index, record] of recordsOf(await bytesOf(metadata, extents, size)).entries()) {
      // `.` and `..` are the names 0 and 1.
      if (record.name.length === 1 && (record.name[0] ?? 2) < 2) continue
      pieces.push(
        extentOf(
          record,
          pieces.reduce((sum, { length }) => sum + length, 0),
        ),
      )
      if (record.hasMore) continue
      const rockRidge = await extraOf(record, false)
      if (rockRidge?.isCompressed === true) {
        throw damaged('IMAGE_UNSUPPORTED', `${source.name}: expected plain files, found zisofs compression`)
      }
      const name = rockRidge?.name === undefined ? plainName(record, volume) : decodeName(rockRidge.name)
      const whole = { record, extents: pieces, size: pieces.reduce((sum, { length }) => sum + length, 0) }
      pieces = []
      if (rockRidge?.isMoved === true) continue
      const id = { ...whole, rockRidge, place: `${place}/${index}` }
      found.push({ name, id: rockRidge?.childAt === undefined ? id : await movedTo(id, rockRidge.childAt) })
    }
    return found
  }

  /** A directory that lies elsewhere: its own first record describes it. */
  const movedTo = async (id: Id, sector: number): Promise<Id> => {
    const [own] = recordsOf(await metadata.read(sector * sectorBytes, sectorBytes))
    if (own === undefined || own.sector !== sector) {
      throw damaged('IMAGE_DAMAGED', `${source.name}: expected a directory in sector ${sector}, found none`)
    }
    const rockRidge = await extraOf(own, false)
    return { ...id, record: own, extents: [extentOf(own, 0)], size: own.size, rockRidge }
  }

  return await readFileSystem<Id>({
    name: source.name,
    root: {
      record: volume.root,
      extents: [extentOf(volume.root, 0)],
      size: Math.min(volume.root.size, limits.directoryBytes),
      rockRidge: self === undefined ? undefined : await extraOf(self, true),
      place: '',
    },
    // Directories are known by their sectors, so that a loop is seen; each file is one of its own.
    keyOf: ({ record, place }) => (record.isDirectory ? record.sector : place),
    inode: async (id) => entryOf(source, id),
    list,
  })
}
