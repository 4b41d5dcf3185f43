import type { Image } from '../../image/image.ts'
import { privilegesOf } from '../file-capabilities.ts'
import { collectNames, modeAndOwner } from './at-rest.ts'
import type { Collected } from './collected.ts'

/** Files that raise the privileges of whoever runs them. */
export const privilegedFiles = (image: Image): Collected =>
  collectNames(
    image,
    ({ entry }) => {
      const privileges = privilegesOf(entry)
      return privileges.length === 0 ? undefined : `${privileges.join(', ')} (${modeAndOwner(entry)})`
    },
    'file',
  )

/** Everything that any user may write to or into; what a link allows is its target's to say. */
export const worldWritable = (image: Image): Collected =>
  collectNames(image, ({ entry }) =>
    entry.type === 'symlink' || (entry.mode & 0o002) === 0
      ? undefined
      : `${entry.type} ${modeAndOwner(entry)}`,
  )

/** Kernel modules that lie in the image to be loaded, the kernel's release in their paths left out. */
export const moduleFiles = (image: Image): Collected => {
  const { release } = image.kernel
  const collected = collectNames(
    image,
    ({ path }) => (/\.ko(\.(gz|xz|zst))?$/.test(path) ? '' : undefined),
    'file',
  )
  if (release === undefined) return collected
  return {
    ...collected,
    entries: new Map(
      [...collected.entries].map(([name, detail]) => [name.replaceAll(release, 'RELEASE'), detail]),
    ),
  }
}
