import { createHash } from 'node:crypto'
import type { z } from 'zod'
import { messageOf } from '../../common/errors.ts'
import { type ByteSource, readWhole } from '../byte-source.ts'
import { damaged } from '../damaged.ts'
import type { FileTree } from '../file-tree.ts'
import type { Descriptor } from './schema.ts'

/** Bytes of a manifest or configuration; the distribution specification asks registries for 4 MiB too. */
const mostJson = 4 * 1024 * 1024
const pieceBytes = 4 * 1024 * 1024

/** The files of a layout or a `docker save`, with the name that they have in errors. */
export interface Store {
  readonly name: string
  readonly tree: FileTree
}

/** A file of the store. @throws `IMAGE_DAMAGED` where there is none */
export const fileIn = ({ name, tree }: Store, path: string): ByteSource => {
  const entry = tree.resolve(path)
  if (entry?.type !== 'file') {
    throw damaged('IMAGE_DAMAGED', `${name}: expected the file ${path} of a container image, found none`)
  }
  return entry.content
}

/** What a descriptor points at, whose digest is right. @throws `IMAGE_DAMAGED` */
export const blobOf = async (store: Store, { digest }: Descriptor): Promise<ByteSource> => {
  const [algorithm = '', hex = ''] = digest.split(':')
  const source = fileIn(store, `/blobs/${algorithm}/${hex}`)
  const hash = createHash(algorithm)
  for (let at = 0; at < source.size; at += pieceBytes) {
    hash.update(await source.read(at, Math.min(pieceBytes, source.size - at)))
  }
  const found = hash.digest('hex')
  if (found !== hex) {
    throw damaged(
      'IMAGE_DAMAGED',
      `${store.name}: expected a blob with ${digest}, found ${algorithm}:${found}`,
    )
  }
  return source
}

/** A JSON file in the form of a schema. @throws `IMAGE_DAMAGED` */
export const readJson = async <Schema extends z.ZodType>(
  source: ByteSource,
  schema: Schema,
  name: string,
): Promise<z.infer<Schema>> => {
  const bytes = await readWhole(source, mostJson)
  try {
    return schema.parse(JSON.parse(bytes.toString('utf8')))
  } catch (error) {
    const found = messageOf(error).replace(/\s+/g, ' ').slice(0, 200)
    throw damaged('IMAGE_DAMAGED', `${name}: expected the JSON of a container image, found: ${found}`, {
      cause: error,
    })
  }
}
