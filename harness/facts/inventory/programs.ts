import type { Image } from '../../image/image.ts'
import { elfInventory, isUserSpace, rootOf } from '../elf-inventory.ts'
import { collectNames } from './at-rest.ts'
import type { Collected } from './collected.ts'

/** Every program, library and script of the image, and every link that leads to one. */
export const programsAtRest = async (image: Image): Promise<Collected> => {
  const { programs, scripts, damaged } = await elfInventory(image)
  const kinds = new Map<string, string>([
    ...programs
      .filter(isUserSpace)
      .map(({ subject, elf }): [string, string] => [
        subject,
        elf.type === 'shared-library' ? 'library' : 'program',
      ]),
    ...scripts.map(({ subject, interpreter }): [string, string] => [
      subject,
      `script of ${interpreter.path}`,
    ]),
  ])
  const collected = collectNames(image, ({ subject, entry, tree }) => {
    if (entry.type !== 'symlink') return kinds.get(subject)
    const root = rootOf(entry.path)
    const target = tree.resolve(entry.path.slice(root.length), root === '' ? '/' : root)
    const prefix = subject.slice(0, subject.length - entry.path.length)
    return target !== undefined && kinds.has(`${prefix}${target.path}`)
      ? `link to ${entry.linkTarget}`
      : undefined
  })
  return { ...collected, unread: [...collected.unread, ...damaged] }
}
