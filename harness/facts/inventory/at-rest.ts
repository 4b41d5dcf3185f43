import type { EntryType } from '../../image/file-tree.ts'
import type { Image } from '../../image/image.ts'
import { type AtRestEntry, atRestEntries } from '../at-rest-files.ts'
import { rootOf } from '../elf-inventory.ts'
import { type Collected, inOrder } from './collected.ts'

/** A name of the image, and the path that it has for those who see its root. */
export interface Name extends AtRestEntry {
  /** Below the container's root where it is in one, else in its tree. */
  readonly path: string
}

/** Goes through every name of the image; `describe` gives a detail, or undefined for what does not belong. */
export const collectNames = (
  image: Image,
  describe: (name: Name) => string | undefined,
  type?: EntryType,
): Collected => {
  const found: [string, string][] = []
  let looked = 0
  for (const item of atRestEntries(image)) {
    looked += 1
    if (type !== undefined && item.entry.type !== type) continue
    const path = item.entry.path.slice(rootOf(item.entry.path).length)
    const detail = describe({ ...item, path })
    if (detail !== undefined) found.push([item.subject, detail])
  }
  return {
    entries: inOrder(found),
    source: `the ${looked} names of the image`,
    looked,
    unread: image.unread.map(({ name, reason }) => ({ subject: name, reason })),
  }
}

/** Mode and owner as they stand in lists. */
export const modeAndOwner = ({ mode, uid, gid }: { mode: number; uid: number; gid: number }): string =>
  `${mode.toString(8).padStart(4, '0')} ${uid}:${gid}`
