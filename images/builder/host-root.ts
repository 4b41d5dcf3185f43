import { addContents, type Sources } from './contents.ts'
import type { ContainerDescription, Description } from './description.ts'
import { modulesOf } from './modules.ts'
import { bundlePath, mountsOf, ociSpec } from './oci-spec.ts'
import { RootTree } from './root-tree.ts'

const fstab = (description: Description): string =>
  description.mounts
    .map(({ source, target, type, options }) => `${source} ${target} ${type} ${options.join(',')}\n`)
    .join('')

const sysctlFile = (settings: Readonly<Record<string, string>>): string =>
  Object.entries(settings)
    .map(([key, value]) => `${key} = ${value}\n`)
    .join('')

const addBundle = async (
  tree: RootTree,
  sources: Sources,
  container: ContainerDescription,
  bundle: string,
): Promise<void> => {
  const rootfs = new RootTree()
  await addContents(rootfs, sources, container)
  for (const folder of ['/proc', '/dev', '/sys', '/etc', '/tmp', '/root']) rootfs.directory(folder)
  for (const { destination } of mountsOf(container)) {
    // What lies below /dev and /sys appears with them.
    if (!/^\/(dev|sys)\/./.test(destination)) rootfs.directory(destination)
  }
  rootfs.copyInto(tree, `${bundle}/${container.readonly ? 'rootfs' : 'lower'}`)
  if (!container.readonly) tree.directory(`${bundle}/rootfs`).directory(`${bundle}/tmp`)
  const spec = ociSpec(container, sources.architecture, bundle)
  tree.file(`${bundle}/config.json`, `${JSON.stringify(spec, undefined, 2)}\n`)
  tree.file(
    `${bundle}/runtime.json`,
    `${JSON.stringify({ ...container.runtime, writable: !container.readonly })}\n`,
  )
}

/** The root of the running system: a minimal base without a shell, and the bundles of the containers. */
export const hostRoot = async (description: Description, sources: Sources): Promise<RootTree> => {
  const tree = new RootTree()
  await addContents(tree, sources, description.init)
  for (const folder of description.init.directories) tree.directory(folder)
  tree.file('/etc/fstab', fstab(description))
  const { start, startFor, running } = description.sysctls
  tree.file('/etc/sysctl.d/10-start.conf', sysctlFile({ ...start, ...startFor[sources.architecture] }))
  tree.file('/etc/sysctl.d/90-running.conf', sysctlFile(running))
  for (const { name, content } of modulesOf(sources.packages, description.kernel.modules.root)) {
    tree.file(`/usr/lib/modules/${name}`, content)
  }
  for (const [index, container] of description.onboot.entries()) {
    await addBundle(tree, sources, container, bundlePath('onboot', container.name, index))
  }
  for (const container of description.services) {
    await addBundle(tree, sources, container, bundlePath('services', container.name))
  }
  return tree
}
