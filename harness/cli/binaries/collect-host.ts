import { statSync } from 'node:fs'
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

/** Reads files and folders of the host. @throws `NO_SUCH_FILE` (usage) for a path that cannot be opened */
export const collectHost = (paths: readonly string[]): HostFiles => {
  const places = new HostPlaces()
  const builders = new Map<HostRoot, InventoryBuilder>()
  const others: string[] = []
  const builderOf = ({ root }: HostPlace): InventoryBuilder => {
    const builder = builders.get(root) ?? new InventoryBuilder()
    builders.set(root, builder)
    return builder
  }
  for (const given of paths) {
    const path = resolve(given)
    if (statOf(path).isDirectory()) {
      const place = places.of(path)
      addFolder(builderOf(place), place)
    } else {
      const place = places.of(dirname(path))
      const builder = builderOf(place)
      const entry = new HostEntry(`${place.inside}/${basename(path)}`, path, 'file')
      if (!addFile(builder, place, entry)) others.push(given)
    }
  }
  return finish(builders, others)
}

const statOf = (path: string) => {
  try {
    return statSync(path)
  } catch (cause) {
    throw new DrydockError(
      `${path}: expected a file or a folder, found that it cannot be opened: ${messageOf(cause)}`,
      { code: 'NO_SUCH_FILE', blame: 'usage', cause },
    )
  }
}

const addFolder = (builder: InventoryBuilder, place: HostPlace): void => {
  const unreadable = (subject: string, error: unknown): void => {
    builder.damaged.push({ subject, reason: messageOf(error) })
  }
  for (const entry of place.root.tree.below(place.inside === '' ? '/' : place.inside, unreadable)) {
    if (entry.type === 'file') addFile(builder, place, entry)
  }
}

/** Whether it is a program, a script, or a damaged one. */
const addFile = (builder: InventoryBuilder, place: HostPlace, found: HostEntry): boolean => {
  const { root, isInstalled } = place
  const use = ({ stats, bytes }: OpenFile): boolean => {
    if (bytes === undefined) return false
    const entry = new HostEntry(found.path, found.hostPath, 'file', stats)
    const seen = isInstalled ? rootOf(found.path) : undefined
    return builder.add({ subject: found.path, entry, tree: root.tree, root: seen }, bytes)
  }
  builder.files += 1
  try {
    return withDiskFile(found.hostPath, use)
  } catch (error) {
    return builder.damaged.push({ subject: found.path, reason: messageOf(error) }) > 0
  }
}

const hostPathOf = ({ entry }: Place): string => (entry instanceof HostEntry ? entry.hostPath : entry.path)

const finish = (builders: ReadonlyMap<HostRoot, InventoryBuilder>, others: readonly string[]): HostFiles => {
  const startable = [...builders.values()].flatMap(({ programs }) =>
    programs.filter(({ elf }) => elf.type !== 'shared-library' && elf.type !== 'kernel-module'),
  )
  const capabilities = startable.length === 0 ? new Map() : hostCapabilities(startable.map(hostPathOf))
  const collected = [...builders].map(
    ([root, inventory]): Collected => ({
      prefix: root.isHost ? '' : root.base,
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
