import type { Description } from '../builder/description.ts'
import type { RootTree } from '../builder/root-tree.ts'
import { withModules } from './twin.ts'

/** The module of AF_VSOCK, which nothing of the reference image needs. */
const module = { name: 'vsock', alias: 'net-pf-40' }

/** A root with a program that loads modules for the kernel, and one module for it. */
export const autoloading = {
  program: '/usr/sbin/modprobe',
  describe: (description: Description): Description =>
    withModules(module.name)({
      ...description,
      init: {
        ...description.init,
        programs: { ...description.init.programs, modprobe: autoloading.program },
      },
    }),
  /** Takes the module from those that are loaded at the start to where the program looks for it. */
  alterRoot: (tree: RootTree): void => {
    for (const [path, node] of tree.nodes()) {
      if (node.kind !== 'file' || !path.endsWith(`-${module.name}.ko.xz`)) continue
      tree.remove(path)
      tree.file(`/usr/lib/autoload/${module.alias}/${module.name}.ko.xz`, node.content)
    }
  },
}

/** A container at the start that lets everybody read what the kernel tells of its pages. */
export const loosened = (description: Description): Description => {
  const likeSshd = description.services.filter(({ name }) => name === 'sshd')
  return {
    ...description,
    onboot: [
      ...description.onboot,
      ...likeSshd.map((sshd) => ({
        ...sshd,
        name: 'loosen',
        binaries: ['/usr/bin/busybox'],
        files: {},
        command: ['/usr/bin/chmod', '0444', '/proc/kpageflags', '/proc/kpagecount'] as [string, ...string[]],
        runtime: { mkdir: [], requires: [] },
      })),
    ],
  }
}
