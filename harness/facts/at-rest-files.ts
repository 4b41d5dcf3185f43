import { sha256 } from '../common/digest.ts'
import { messageOf } from '../common/errors.ts'
import type { FileTree, TreeEntry } from '../image/file-tree.ts'
import type { Image } from '../image/image.ts'

/** A name in one of the image's trees. */
export interface AtRestEntry {
  /** What reports and waivers call it: its path, with the tree's name in front where it is not in the running root. */
  readonly subject: string
  readonly entry: TreeEntry
  readonly tree: FileTree
}

/** Every name of every tree of the image, the running root's without a prefix. */
export function* atRestEntries({ trees, root }: Pick<Image, 'trees' | 'root'>): Generator<AtRestEntry> {
  for (const { name, tree } of trees) {
    const prefix = tree === root ? '' : `${name}:`
    for (const entry of tree.entries()) yield { subject: `${prefix}${entry.path}`, entry, tree }
  }
}

/** Files of the image by the SHA-256 of their content, and those that could not be read. */
export interface AtRestHashes {
  readonly bySha256: ReadonlyMap<string, readonly string[]>
  readonly unread: readonly { readonly subject: string; readonly reason: string }[]
}

/** Hashes those files of the image that have one of the sizes: of most files the size tells that they are others. */
export const hashAtRest = async (image: Image, sizes: ReadonlySet<number>): Promise<AtRestHashes> => {
  const bySha256 = new Map<string, string[]>()
  const unread: { subject: string; reason: string }[] = []
  for (const { subject, entry } of atRestEntries(image)) {
    if (entry.type !== 'file' || !sizes.has(entry.size)) continue
    try {
      const digest = sha256(await entry.read())
      bySha256.set(digest, [...(bySha256.get(digest) ?? []), subject])
    } catch (error) {
      unread.push({ subject, reason: messageOf(error) })
    }
  }
  return { bySha256, unread }
}
