import { messageOf } from '../../common/errors.ts'
import { type ByteSource, readStart } from '../byte-source.ts'
import { damaged } from '../damaged.ts'
import type { FileTree } from '../file-tree.ts'
import type { Context, Part } from '../part.ts'
import { blobOf, fileIn, readJson, type Store } from './blobs.ts'
import { layLayers } from './layers.ts'
import { config, type Descriptor, dockerManifest, type ImageConfig, index, manifest } from './schema.ts'

/** Indexes in indexes; a multi-architecture image in a layout makes two. */
const mostLevels = 4
/** Images of one layout. */
const mostImages = 32

const isIndex = ({ mediaType = '' }: Descriptor): boolean =>
  mediaType.includes('image.index') || mediaType.includes('manifest.list')

/** What build tools attach to an image describes it and is none. */
const isAttestation = ({ platform }: Descriptor): boolean => platform?.architecture === 'unknown'

const isLayout = (tree: FileTree): boolean =>
  tree.get('/oci-layout')?.type === 'file' && tree.get('/index.json')?.type === 'file'

/** Other archives may have a file of that name too. */
const isDockerSave = async (tree: FileTree): Promise<boolean> => {
  const entry = tree.get('/manifest.json')
  if (entry?.type !== 'file') return false
  return /^\s*\[\s*\{\s*"(Config|RepoTags|Layers)"/.test(
    (await readStart(entry.content, 256)).toString('latin1'),
  )
}

/** Whether the files are an OCI image layout, or what `docker save` writes. */
export const isContainerImage = async (tree: FileTree): Promise<boolean> =>
  isLayout(tree) || (await isDockerSave(tree))

/** The images in an OCI layout or a `docker save`. @throws `IMAGE_DAMAGED` where it cannot be said which there are */
export const openContainerImages = async (store: Store, context: Context): Promise<Part[]> => {
  if (!isLayout(store.tree)) return await openDocker(store, context)
  const { manifests } = await readJson(fileIn(store, '/index.json'), index, `${store.name}:/index.json`)
  const found = await flatten(store, manifests, mostLevels)
  if (found.length > mostImages) {
    throw damaged(
      'IMAGE_TOO_LARGE',
      `${store.name}: expected at most ${mostImages} container images, found ${found.length}`,
    )
  }
  const parts: Part[] = []
  for (const descriptor of found) {
    const name = `${store.name} image ${descriptor.digest.slice(0, 19)}`
    parts.push(
      await openImage(name, descriptorDetails(descriptor), context, async () => {
        const read = await readJson(await blobOf(store, descriptor), manifest, name)
        const layers: ByteSource[] = []
        for (const layer of read.layers) layers.push(await blobOf(store, layer))
        return { config: await readJson(await blobOf(store, read.config), config, name), layers }
      }),
    )
  }
  return parts
}

const flatten = async (
  store: Store,
  descriptors: readonly Descriptor[],
  levels: number,
): Promise<Descriptor[]> => {
  const found: Descriptor[] = []
  for (const descriptor of descriptors) {
    if (isAttestation(descriptor)) continue
    if (!isIndex(descriptor)) {
      found.push(descriptor)
      continue
    }
    if (levels === 0) {
      throw damaged(
        'IMAGE_DAMAGED',
        `${store.name}: expected at most ${mostLevels} indexes in each other, found more`,
      )
    }
    const inner = await readJson(await blobOf(store, descriptor), index, store.name)
    // The name is with the outer one.
    const named = inner.manifests.map((one) => ({
      ...one,
      annotations: { ...descriptor.annotations, ...one.annotations },
    }))
    found.push(...(await flatten(store, named, levels - 1)))
  }
  return found
}

const descriptorDetails = ({ annotations, platform }: Descriptor): Record<string, string> => {
  const reference =
    annotations?.['io.containerd.image.name'] ?? annotations?.['org.opencontainers.image.ref.name']
  return {
    ...(reference === undefined ? {} : { reference }),
    ...(platform === undefined ? {} : { platform: `${platform.os}/${platform.architecture}` }),
  }
}

const openDocker = async (store: Store, context: Context): Promise<Part[]> => {
  const images = await readJson(
    fileIn(store, '/manifest.json'),
    dockerManifest,
    `${store.name}:/manifest.json`,
  )
  const parts: Part[] = []
  for (const [number, image] of images.entries()) {
    const name = `${store.name} image ${number + 1}`
    const reference = image.RepoTags?.[0]
    parts.push(
      await openImage(name, reference === undefined ? {} : { reference }, context, async () => ({
        config: await readJson(fileIn(store, `/${image.Config}`), config, name),
        layers: image.Layers.map((path) => fileIn(store, `/${path}`)),
      })),
    )
  }
  return parts
}

interface Loaded {
  readonly config: ImageConfig
  readonly layers: readonly ByteSource[]
}

const openImage = async (
  name: string,
  known: Readonly<Record<string, string>>,
  context: Context,
  load: () => Promise<Loaded>,
): Promise<Part> => {
  const start = { name, format: 'container image', details: known }
  try {
    const { config: read, layers } = await load()
    const tree = await layLayers(layers, context)
    const size = layers.reduce((sum, layer) => sum + layer.size, 0)
    return {
      ...start,
      size,
      tree,
      details: { ...configDetails(read), ...known, layers: String(layers.length) },
      parts: await context.openInside(name, tree),
    }
  } catch (error) {
    return { ...start, size: 0, parts: [], unread: messageOf(error) }
  }
}

const configDetails = ({ os, architecture, config: process }: ImageConfig): Record<string, string> => {
  const command = [...(process?.Entrypoint ?? []), ...(process?.Cmd ?? [])].join(' ')
  return {
    ...(os === undefined || architecture === undefined ? {} : { platform: `${os}/${architecture}` }),
    user: process?.User || 'root',
    ...(command === '' ? {} : { command: command.slice(0, 500) }),
  }
}
