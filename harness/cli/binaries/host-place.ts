import { existsSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { HostFolder } from '../../image/host-folder.ts'

/** The root file system that a folder of the host belongs to. */
export interface HostRoot {
  /** Real path of what becomes `/`. */
  readonly base: string
  readonly tree: HostFolder
  /** Whether it is this host's own. */
  readonly isHost: boolean
}

/** A folder in its root file system. */
export interface HostPlace {
  readonly root: HostRoot
  /** Its path there, without a slash at the end. */
  readonly inside: string
  /** Whether programs there see that file system; loose files, such as what was just built, may be for any. */
  readonly isInstalled: boolean
}

/** A folder `usr`, or an init, beside what a system has: images are so, /usr itself and /usr/local are not. */
const isRoot = (folder: string): boolean =>
  ['usr', 'init'].some((name) => existsSync(join(folder, name))) &&
  ['bin', 'dev', 'etc', 'lib', 'lib64', 'sbin'].some((name) => existsSync(join(folder, name)))

const installed = /^\/(s?bin|lib[^/]*|usr|opt|boot)?(\/|$)/

/** Finds out, once for each folder, where what is in it belongs. */
export class HostPlaces {
  readonly #places = new Map<string, HostPlace>()
  readonly #roots = new Map<string, HostRoot>()

  /** @param root a folder that is a root file system, whatever it looks like */
  constructor(root: string | undefined) {
    if (root === undefined) return
    const base = realpathSync.native(root)
    this.#roots.set(base, { base, tree: new HostFolder(base), isHost: base === '/' })
  }

  of(folder: string): HostPlace {
    const known = this.#places.get(folder)
    if (known !== undefined) return known
    const place = this.#find(realpathSync.native(folder))
    this.#places.set(folder, place)
    return place
  }

  #find(folder: string): HostPlace {
    const root = this.#rootOf(folder)
    const inside = folder.slice(root.isHost ? 0 : root.base.length)
    return { root, inside: inside === '/' ? '' : inside, isInstalled: !root.isHost || installed.test(folder) }
  }

  #rootOf(folder: string): HostRoot {
    const known = this.#roots.get(folder)
    if (known !== undefined) return known
    const isHost = folder === '/'
    const root =
      isHost || isRoot(folder)
        ? { base: folder, tree: new HostFolder(folder), isHost }
        : this.#rootOf(dirname(folder))
    this.#roots.set(folder, root)
    return root
  }
}
