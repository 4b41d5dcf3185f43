import { DrydockError } from '../../harness/common/errors.ts'
import type { RootTree } from '../builder/root-tree.ts'
import { elfPatches } from './elf-patch.ts'
import type { Twin } from './twin.ts'

/** A small C program of the image that keeps every claim, as the flawed ones' origin. */
const origin = '/containers/services/sshd/rootfs/usr/bin/dropbearkey'
const flawed = '/usr/bin/flawed'

const contentOf = (tree: RootTree, path: string): Buffer => {
  const content = tree.content(path)
  if (content !== undefined) return Buffer.from(content)
  throw new DrydockError(`expected ${path} in the reference image, to make a twin from it`, {
    code: 'TWIN_FAILED',
    blame: 'testbed',
    phase: 'prepare',
  })
}

const programWith = (patch: string, flaw: string): Twin => ({
  flaw,
  boots: false,
  alterRoot: (tree) => {
    const bytes = contentOf(tree, origin)
    elfPatches[patch]?.(bytes)
    tree.file(flawed, bytes, 0o755)
  },
})

const service = '/containers/services/web/rootfs/usr/bin/web'

/** Flaws of programs: one flawed program more than the reference has. */
export const elfTwins = {
  'elf-non-pie': programWith('non-pie', 'a program is loaded at a fixed address'),
  'elf-no-relro': programWith('no-relro', "a program's relocations stay writable"),
  'elf-exec-stack': programWith('exec-stack', 'a program asks for an executable stack'),
  'elf-wx-segment': programWith('wx-segment', 'a program has a segment that is writable and executable'),
  'elf-textrel': programWith('textrel', "a program's code is patched while it is loaded"),
  'elf-rpath': programWith('rpath', 'a program looks for libraries in /tmp'),
  'elf-bad-interpreter': programWith('bad-interpreter', 'a program names a loader that is not there'),
  'elf-wrong-machine': programWith('wrong-machine', 'a program is for the other architecture'),
  'elf-setuid': {
    flaw: 'a program runs with the rights of root whoever starts it',
    boots: false,
    alterRoot: (tree) => {
      tree.file(flawed, contentOf(tree, origin), 0o4755)
    },
  },
  'exec-stack-process': {
    flaw: 'web runs with an executable stack',
    boots: true,
    alterRoot: (tree) => {
      const bytes = contentOf(tree, service)
      elfPatches['exec-stack']?.(bytes)
      tree.file(service, bytes, 0o755)
    },
  },
} satisfies Record<string, Twin>
