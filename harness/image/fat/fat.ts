import type { ByteSource } from '../byte-source.ts'
import { type ExtentSlot, extentSource } from '../extent-source.ts'
import { readFileSystem } from '../file-system.ts'
import { LastOne } from '../last-one.ts'
import { limits } from '../limits.ts'
import type { MemoryTree, NewEntry } from '../memory-tree.ts'
import { metadataSource, readMetadata } from '../metadata-source.ts'
import { readBootSector } from './boot-sector.ts'
import { followChain, lengthOf } from './chain.ts'
import { type FatEntry, parseDirectory } from './directory.ts'

export { isFat } from './boot-sector.ts'

/** What Linux shows for a FAT that is mounted without options by root with the umask 022. */
const shown = { mode: 0o755, uid: 0, gid: 0 } as const

type Id = FatEntry & { readonly place: string }

/**
 * Reads FAT12, FAT16 and FAT32 with long names: EFI system partitions. It has no modes, owners or links.
 * @throws `IMAGE_DAMAGED`, `IMAGE_TOO_LARGE`
 */
export const readFat = async (source: ByteSource): Promise<MemoryTree> => {
  const metadata = metadataSource(source)
  const boot = await readBootSector(metadata)
  const slot: ExtentSlot = new LastOne()
  const directoryBytes = async ({ cluster, place }: Id): Promise<Buffer> => {
    if (place === 'root' && 'at' in boot.root) return await metadata.read(boot.root.at, boot.root.length)
    const extents = await followChain(metadata, boot, cluster, { least: 0, most: limits.directoryBytes })
    const name = `${source.name} cluster ${cluster}`
    return await readMetadata(
      metadata,
      extentSource({ source: metadata, size: lengthOf(extents), name, slot, load: async () => extents }),
    )
  }
  const root: Id = {
    name: '/',
    isDirectory: true,
    cluster: 'cluster' in boot.root ? boot.root.cluster : 0,
    size: 0,
    place: 'root',
  }
  return await readFileSystem<Id>({
    name: source.name,
    root,
    // Directories are known by their clusters, so that a loop is seen; each file is one of its own.
    keyOf: ({ isDirectory, cluster, place }) => (isDirectory ? cluster : place),
    inode: async ({ isDirectory, cluster, size, name }): Promise<NewEntry> => {
      if (isDirectory) return { ...shown, type: 'directory' }
      const load = async () => await followChain(metadata, boot, cluster, { least: size, most: size })
      const content = extentSource({ source, size, name: `${source.name}:${name}`, slot, load })
      return { ...shown, type: 'file', content }
    },
    list: async (id) => {
      const entries = parseDirectory(await directoryBytes(id))
      return entries.map((entry, index) => ({
        name: entry.name,
        id: { ...entry, place: `${id.cluster}:${index}` },
      }))
    },
  })
}
