import { type ByteSource, MemorySource, readStart, readWhole } from '../byte-source.ts'
import { decompress } from '../compression.ts'
import { detectCompression } from '../compression-format.ts'
import { damaged } from '../damaged.ts'
import { limits } from '../limits.ts'
import { MemoryTree } from '../memory-tree.ts'
import type { Context } from '../part.ts'
import { layTarEntry, type TarEntry, tarEntries } from '../tar.ts'

const whiteout = '.wh.'
const opaque = '.wh..wh..opq'

/** Lays the layers of an image over each other, the lowest first. @throws `IMAGE_DAMAGED`, `IMAGE_TOO_LARGE` */
export const layLayers = async (
  layers: readonly ByteSource[],
  { room }: Pick<Context, 'room'>,
): Promise<MemoryTree> => {
  const tree = new MemoryTree()
  let count = 0
  for (const layer of layers) {
    const archive = await unpacked(layer, room)
    const entries: TarEntry[] = []
    for await (const entry of tarEntries(archive)) {
      entries.push(entry)
      count += 1
      if (count > limits.entries) {
        throw damaged(
          'IMAGE_TOO_LARGE',
          `${layer.name}: expected at most ${limits.entries} entries, found more`,
        )
      }
    }
    layLayer(tree, entries, layer.name)
  }
  return tree
}

const unpacked = async (layer: ByteSource, room: Context['room']): Promise<ByteSource> => {
  const compression = detectCompression(await readStart(layer, 16))
  if (compression === undefined) return layer
  const bytes = await readWhole(layer, room.left)
  const most = room.left - (layer instanceof MemorySource ? 0 : bytes.length)
  const { content } = await decompress(bytes, compression, `the layer ${layer.name}`, Math.max(0, most))
  room.left -= content.length
  return new MemorySource(content, layer.name)
}

const lastPart = (path: string): { folder: string; name: string } => {
  const trimmed = path.replace(/\/+$/, '')
  const slash = trimmed.lastIndexOf('/')
  return { folder: trimmed.slice(0, slash + 1), name: trimmed.slice(slash + 1) }
}

/**
 * One layer (image-spec, layer.md): a whiteout takes a name of the layers below away, an opaque one all of a
 * directory; neither concerns what the layer itself brings, so they come first.
 */
export const layLayer = (tree: MemoryTree, entries: readonly TarEntry[], name: string): void => {
  const brought: TarEntry[] = []
  for (const entry of entries) {
    const last = lastPart(entry.path)
    if (last.name === opaque) tree.clear(last.folder)
    else if (last.name.startsWith(whiteout)) tree.remove(last.folder + last.name.slice(whiteout.length))
    else brought.push(entry)
  }
  for (const entry of brought) layTarEntry(tree, entry, name)
}
