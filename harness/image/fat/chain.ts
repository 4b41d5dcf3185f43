import { damaged } from '../damaged.ts'
import type { Extent } from '../extent-source.ts'
import type { MetadataSource } from '../metadata-source.ts'
import type { BootSector } from './boot-sector.ts'

/** What the table says of one cluster: the next one, or that it is the last. */
const nextOf = async (metadata: MetadataSource, boot: BootSector, cluster: number): Promise<number> => {
  switch (boot.bits) {
    case 12: {
      const pair = (await metadata.read(boot.table + Math.floor(cluster * 1.5), 2)).readUInt16LE(0)
      return cluster % 2 === 0 ? pair & 0xfff : pair >> 4
    }
    case 16:
      return (await metadata.read(boot.table + cluster * 2, 2)).readUInt16LE(0)
    case 32:
      return (await metadata.read(boot.table + cluster * 4, 4)).readUInt32LE(0) & 0x0fffffff
  }
}

/**
 * The extents of the chain that starts at a cluster.
 * @param most how many bytes are wanted; a chain that is longer is not followed further
 * @throws `IMAGE_DAMAGED` where it leaves the file system, leads back to itself, or ends before `least` bytes
 */
export const followChain = async (
  metadata: MetadataSource,
  boot: BootSector,
  first: number,
  { least, most }: { readonly least: number; readonly most: number },
): Promise<Extent[]> => {
  const endMark = { 12: 0xff8, 16: 0xfff8, 32: 0x0ffffff8 }[boot.bits]
  const extents: Extent[] = []
  let at = 0
  for (let cluster = first; at < most && !(cluster >= endMark || (cluster === 0 && at === 0)); ) {
    if (cluster < 2 || cluster >= boot.clusters + 2) {
      throw damaged(
        'IMAGE_DAMAGED',
        `${metadata.name}: expected a cluster of 2 to ${boot.clusters + 1}, found ${cluster}`,
      )
    }
    if (at >= boot.clusters * boot.clusterBytes) {
      throw damaged(
        'IMAGE_DAMAGED',
        `${metadata.name}: expected an end of each file, found a loop of clusters`,
      )
    }
    const from = boot.data + (cluster - 2) * boot.clusterBytes
    const last = extents.at(-1)
    if (last !== undefined && last.from + last.length === from) {
      extents[extents.length - 1] = { ...last, length: last.length + boot.clusterBytes }
    } else extents.push({ at, length: boot.clusterBytes, from })
    at += boot.clusterBytes
    cluster = await nextOf(metadata, boot, cluster)
  }
  if (at < least) {
    throw damaged('IMAGE_DAMAGED', `${metadata.name}: expected ${least} bytes of a file, found ${at}`)
  }
  return extents
}

export const lengthOf = (extents: readonly Extent[]): number =>
  extents.reduce((sum, { length }) => sum + length, 0)
