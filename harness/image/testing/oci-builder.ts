import { createHash } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import { pack } from 'tar-stream'

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')

/** A tar archive of plain files; a name that ends with a slash is a directory. */
export const buildTar = async (files: Readonly<Record<string, Buffer | string>>): Promise<Buffer> => {
  const tar = pack()
  for (const [name, content] of Object.entries(files)) {
    if (name.endsWith('/')) tar.entry({ name, type: 'directory' })
    else tar.entry({ name }, content)
  }
  tar.finalize()
  return await buffer(tar)
}

export interface LayoutImage {
  readonly architecture: string
  /** As they are stored: plain or compressed. */
  readonly layers: readonly Buffer[]
  readonly config?: object
}

/** The files of an OCI layout with one multi-architecture image, by path. */
export const buildLayout = (images: readonly LayoutImage[]): Record<string, Buffer> => {
  const files: Record<string, Buffer> = {}
  const add = (content: Buffer | object): { digest: string; size: number } => {
    const bytes = Buffer.isBuffer(content) ? content : Buffer.from(JSON.stringify(content))
    files[`blobs/sha256/${sha256(bytes)}`] = bytes
    return { digest: `sha256:${sha256(bytes)}`, size: bytes.length }
  }
  const manifests = images.map(({ architecture, layers, config }) => ({
    ...add({
      config: add({ architecture, os: 'linux', config: config ?? {} }),
      layers: layers.map((layer) => add(layer)),
    }),
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    platform: { os: 'linux', architecture },
  }))
  const inner = {
    ...add({ manifests }),
    mediaType: 'application/vnd.oci.image.index.v1+json',
    annotations: { 'org.opencontainers.image.ref.name': 'example/app:1' },
  }
  return {
    'oci-layout': Buffer.from('{"imageLayoutVersion":"1.0.0"}'),
    'index.json': Buffer.from(JSON.stringify({ manifests: [inner] })),
    ...files,
  }
}
