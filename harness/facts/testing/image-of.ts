import type { Image } from '../../image/image.ts'
import { MemoryTree, type NewEntry } from '../../image/memory-tree.ts'

/** A file by its text, a link as `-> TARGET`, or anything else as it is. */
export type Files = Readonly<Record<string, string | Buffer | Partial<NewEntry>>>

const entryOf = (what: Files[string]): NewEntry => {
  const base = { mode: 0o644, uid: 0, gid: 0, type: 'file' } as const
  if (Buffer.isBuffer(what)) return { ...base, content: what }
  if (typeof what !== 'string') return { ...base, ...what }
  return what.startsWith('-> ')
    ? { ...base, type: 'symlink', mode: 0o777, linkTarget: what.slice(3) }
    : { ...base, content: Buffer.from(what) }
}

/** An image of one file system, which becomes the root, in an initrd that has nothing else. */
export const imageOf = (files: Files, release = '6.12.0-test'): Image => {
  const root = new MemoryTree()
  for (const [path, what] of Object.entries(files)) root.put(path, entryOf(what))
  const initrd = new MemoryTree()
  return {
    kernel: {
      name: '/kernel',
      architecture: 'x86_64',
      release,
      format: 'bzImage',
      config: undefined,
      configSource: 'none',
      embeddedConfig: async () => ({ reason: 'none' }),
    },
    cmdline: undefined,
    trees: [
      { name: 'initrd', tree: initrd },
      { name: 'initrd:/root.squashfs', tree: root },
    ],
    root,
    unread: [],
  }
}
