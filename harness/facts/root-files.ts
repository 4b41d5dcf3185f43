import { sha256 } from '../common/digest.ts'
import type { Place } from '../guest/place.ts'
import type { TreeEntry } from '../image/file-tree.ts'
import type { Image } from '../image/image.ts'

/** One line for each name, as `Place.hashTree` has them: mode, owner, type, and what is in it. */
type Lines = ReadonlyMap<string, string>

const lineOf = async (entry: TreeEntry): Promise<string> => {
  const { mode, uid, gid, type, linkTarget } = entry
  const line = `${mode.toString(8).padStart(4, '0')} ${uid}:${gid} ${type}`
  if (type === 'file') return `${line} ${sha256(await entry.read())}`
  return linkTarget === undefined ? line : `${line} ${linkTarget}`
}

/** Vantage at rest: every name of the running root, devices excepted. */
export const rootAtRest = async (image: Image): Promise<Lines> => {
  const lines = new Map<string, string>()
  for (const entry of image.root.entries()) {
    if (entry.path !== '/' && entry.device === undefined) lines.set(entry.path, await lineOf(entry))
  }
  return lines
}

/** What differs between what a guest reads and what the image has. */
export interface RootDifferences {
  /** Names that both have. */
  readonly compared: number
  readonly differing: readonly { readonly path: string; readonly inside: string; readonly atRest: string }[]
}

/**
 * Vantage inside, through the page cache: reads every file of the root file system, other mounts excepted.
 * @param covered mount points, below which the root's own names cannot be seen
 */
export const compareRoot = async (
  host: Place,
  atRest: Lines,
  covered: readonly string[],
): Promise<RootDifferences> => {
  const inside = await host.hashTree(['/'])
  const isCovered = (path: string) =>
    covered.some((mountPoint) => path === mountPoint || path.startsWith(`${mountPoint}/`))
  const differing: { path: string; inside: string; atRest: string }[] = []
  let compared = 0
  for (const path of new Set([...inside.keys(), ...atRest.keys()])) {
    if (path === '/' || isCovered(path)) continue
    const [seen = 'nothing', kept = 'nothing'] = [inside.get(path), atRest.get(path)]
    if (seen !== 'nothing' && kept !== 'nothing') compared += 1
    if (seen !== kept) differing.push({ path, inside: seen, atRest: kept })
  }
  return { compared, differing }
}
