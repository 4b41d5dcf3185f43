import { messageOf } from '../../common/errors.ts'
import type { Image } from '../../image/image.ts'
import { atRestEntries } from '../at-rest-files.ts'
import { rootOf } from '../elf-inventory.ts'
import { type Collected, inOrder } from './collected.ts'
import { type SecretPattern, secretFiles, secretPatterns } from './secret-patterns.ts'

/** How much around an anchor a pattern may need. */
const before = 64
const after = 1024

/** An anchor that stands in a file more often is part of a program's tables. */
const mostPlaces = 200

/** What is secret in some bytes: the first of each kind, with where it stands. */
export const secretsIn = (
  bytes: Buffer,
  patterns: readonly SecretPattern[] = secretPatterns,
): readonly { readonly what: string; readonly offset: number }[] => {
  const found = new Map<string, number>()
  for (const { what, anchor, form } of patterns) {
    if (found.has(what)) continue
    const needle = Buffer.from(anchor, 'latin1')
    let at = bytes.indexOf(needle)
    for (let places = 0; at !== -1 && places < mostPlaces; places += 1) {
      const start = form.source.startsWith('^') ? at : Math.max(0, at - before)
      if (form.test(bytes.toString('latin1', start, at + after))) {
        found.set(what, at)
        break
      }
      at = bytes.indexOf(needle, at + 1)
    }
  }
  return [...found].map(([what, offset]) => ({ what, offset }))
}

/** Keys, tokens and passwords in the files of the image, by file; what they are, never the secret itself. */
export const secretsAtRest = async (image: Image): Promise<Collected> => {
  const found: [string, string][] = []
  const unread = image.unread.map(({ name, reason }) => ({ subject: name, reason }))
  // File systems inside of an initrd are trees of their own: their bytes need not be read twice.
  const nested = new Set(image.trees.map(({ name }) => name))
  let looked = 0
  for (const { subject, entry } of atRestEntries(image)) {
    if (entry.type !== 'file' || entry.size === 0 || isTree(subject, nested)) continue
    looked += 1
    const path = entry.path.slice(rootOf(entry.path).length)
    const byName = secretFiles.find(([, form]) => form.test(path))?.[0]
    try {
      const inside = secretsIn(await entry.read()).map(({ what, offset }) => `${what} at byte ${offset}`)
      const details = [...(byName === undefined ? [] : [byName]), ...inside]
      if (details.length > 0) found.push([subject, details.join(', ')])
    } catch (error) {
      unread.push({ subject, reason: messageOf(error) })
    }
  }
  return { entries: inOrder(found), source: `the content of ${looked} files of the image`, looked, unread }
}

const isTree = (subject: string, trees: ReadonlySet<string>): boolean =>
  trees.has(subject) || trees.has(`initrd:${subject}`)
