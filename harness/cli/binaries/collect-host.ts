import { basename, dirname, resolve } from 'node:path'
import { DrydockError, messageOf } from '../../common/errors.ts'
import { InventoryBuilder, type Place, rootOf } from '../../facts/elf-inventory.ts'
import { privilegesOf } from '../../facts/file-capabilities.ts'
import { type OpenFile, withDiskFile } from '../../image/elf-file.ts'
import { HostEntry } from '../../image/host-folder.ts'
import type { Collected } from './collected.ts'
import { hostCapabilities } from './host-capabilities.ts'
import { type HostPlace, HostPlaces, type HostRoot } from './host-place.ts'

/** What the given paths are. */
export interface HostFiles {
  readonly collected: readonly Collected[]
  /** Files that are neither ELF nor a script: perhaps images. */
  readonly others: readonly string[]
  /** Said to the person, apart from the result. */
  readonly notices: readonly string[]
}

/**
 * Reads files and folders of the host.
 * @param root the file system that they belong to; found by its looks where it is not given
 * @throws `NO_SUCH_FILE` (usage) for a path that cannot be opened
 */
export const collectHost = (paths: readonly string[], root?: string): HostFiles => {
  const places = placesFor(root)
  const builders = new Map<HostRoot, InventoryBuilder>()
  const others: string[] = []
  const builderOf = ({ root }: HostPlace): InventoryBuilder => {
    const builder = builders.get(root) ?? new InventoryBuilder()
    builders.set(root, builder)
    return builder
  }
  for (const given of paths) {
    const path = resolve(given)
    try {
      const place = places.of(dirname(path))
      const kind = addFile(
        builderOf(place),
        place,
        new HostEntry(`${place.inside}/${basename(path)}`, path, 'file'),
      )
      if (kind === 'other') others.push(given)
      if (kind !== 'folder') continue
    } catch (error) {
      throw cannotOpen(given, error)
    }
    const place = places.of(path)
    addFolder(builderOf(place), place)
  }
  return finish(builders, others)
}

const placesFor = (root: string | undefined): HostPlaces => {
  try {
    return new HostPlaces(root)
  } catch (error) {
    throw cannotOpen(`--root ${root}`, error)
  }
}

const cannotOpen = (path: string, cause: unknown): DrydockError =>
  new DrydockError(
    `${path}: expected a file or a folder, found that it cannot be opened: ${messageOf(cause)}`,
    { code: 'NO_SUCH_FILE', blame: 'usage', cause },
  )

const addFolder = (builder: InventoryBuilder, place: HostPlace): void => {
  const unreadable = (subject: string, error: unknown): void => {
    builder.damaged.push({ subject, reason: messageOf(error) })
  }
  for (const entry of place.root.tree.below(place.inside === '' ? '/' : place.inside, unreadable)) {
    if (entry.type !== 'file') continue
    try {
      addFile(builder, place, entry)
    } catch (error) {
      unreadable(entry.path, error)
    }
  }
}

/** Adds what is a program, a script, or a damaged one, and says what else it is. */
const addFile = (
  builder: InventoryBuilder,
  { root, isInstalled }: HostPlace,
  { path, hostPath }: HostEntry,
): 'added' | 'folder' | 'other' =>
  withDiskFile(hostPath, ({ stats, bytes }: OpenFile) => {
    if (stats.isDirectory()) return 'folder'
    builder.files += 1
    if (bytes === undefined) return 'other'
    const entry = new HostEntry(path, hostPath, 'file', stats)
    const seen = isInstalled ? rootOf(path) : undefined
    const added = builder.add({ subject: path, entry, tree: root.tree, root: seen }, bytes)
    return added ? 'added' : 'other'
  })

const hostPathOf = ({ entry }: Place): string => (entry instanceof HostEntry ? entry.hostPath : entry.path)

const finish = (builders: ReadonlyMap<HostRoot, InventoryBuilder>, others: readonly string[]): HostFiles => {
  const startable = [...builders.values()].flatMap(({ programs }) =>
    programs.filter(({ elf }) => elf.type !== 'shared-library' && elf.type !== 'kernel-module'),
  )
  const capabilities = startable.length === 0 ? new Map() : hostCapabilities(startable.map(hostPathOf))
  const collected = [...builders].map(
    ([root, inventory]): Collected => ({
      pathOf: (subject) => (root.isHost ? subject : root.base + subject),
      inventory,
      kind: root.isHost ? 'system' : 'image',
      unread: [],
      privilegesOf: (place) => {
        const named = capabilities?.get(hostPathOf(place))
        return [...privilegesOf(place.entry), ...(named === undefined ? [] : [named])]
      },
    }),
  )
  const notices =
    capabilities === undefined
      ? ['file capabilities were not looked at: this host has no getcap; apt-get install libcap2-bin']
      : []
  return { collected, others, notices }
}
