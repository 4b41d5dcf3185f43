import { compile } from '../builder/contents.ts'
import { fileMode, programMode } from '../builder/cpio.ts'
import type { Description, MountDescription } from '../builder/description.ts'
import type { Twin } from './twin.ts'

/** Another /init, which makes the root in a way that can be written. */
const otherRoot = (
  flaw: string,
  way: 'tmpfs-rw' | 'tmpfs-ro' | 'tmpfs-changed' | 'loop-rw' | 'loop-ro',
): Twin => ({
  flaw,
  boots: true,
  overlay: async (architecture) => [
    { path: '/init', mode: programMode, content: await compile('twin-root', architecture) },
    { path: '/flaw', mode: fileMode, content: Buffer.from(way) },
  ],
})

const withMount =
  (target: string, change: (mount: MountDescription) => MountDescription) =>
  (description: Description): Description => ({
    ...description,
    mounts: description.mounts.map((mount) => (mount.target === target ? change(mount) : mount)),
  })

const without =
  (option: RegExp) =>
  (mount: MountDescription): MountDescription => ({
    ...mount,
    options: mount.options.filter((candidate) => !option.test(candidate)),
  })

/** Flaws of the root file system and of the mounts. */
export const rootTwins = {
  'writable-root': otherRoot('the root is a copy in a tmpfs, mounted read-write', 'tmpfs-rw'),
  'tmpfs-root': otherRoot('the root is a tmpfs that only a mount option makes read-only', 'tmpfs-ro'),
  'changed-root': otherRoot(
    'one character of one file in the running root is not that of the image',
    'tmpfs-changed',
  ),
  'loop-writable': {
    ...otherRoot('the block device below the root can be written', 'loop-rw'),
    // The kernel's own bar, which would hide the device's.
    cmdline: (words) => words.filter((word) => !word.startsWith('bdev_allow_write_mounted=')),
  },
  'loop-replaceable': otherRoot(
    'the root is on a read-only loop device, below which root can put another file',
    'loop-ro',
  ),
  'exec-tmpfs': {
    flaw: 'programs can be run from /run',
    boots: true,
    describe: withMount('/run', without(/^noexec$/)),
  },
  'unlimited-tmpfs': {
    flaw: '/tmp has no size limit of its own',
    boots: true,
    // The kernel's default, half of the memory, is no limit that anyone chose.
    describe: withMount('/tmp', without(/^size=/)),
  },
  'extra-mount': {
    flaw: 'a writable tmpfs that no policy knows is mounted on /mnt',
    boots: true,
    describe: (description) => ({
      ...description,
      init: { ...description.init, directories: [...description.init.directories, '/mnt'] },
      mounts: [
        ...description.mounts,
        {
          source: 'extra',
          target: '/mnt',
          type: 'tmpfs',
          options: ['nosuid', 'nodev', 'noexec', 'mode=755', 'size=1m'],
        },
      ],
    }),
  },
} satisfies Record<string, Twin>
