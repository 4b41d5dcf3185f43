import type { Architecture } from '../../harness/common/architecture.ts'
import type { CpioEntry } from '../builder/cpio.ts'
import type { ContainerDescription, Description } from '../builder/description.ts'
import type { RootTree } from '../builder/root-tree.ts'
import type { GuestFiles } from '../builder/target-file.ts'

/** The reference image with one deliberate flaw. What is absent stays as it is in the reference. */
export interface Twin {
  /** What is wrong with it, one sentence. */
  readonly flaw: string
  /** Whether the flaw shows in a running guest; otherwise it is only ever judged at rest. */
  readonly boots: boolean
  /** Another description, hence another root file system. */
  readonly describe?: (description: Description, architecture: Architecture) => Description
  /** Changes in the finished root file system. */
  readonly alterRoot?: (tree: RootTree, architecture: Architecture) => void | Promise<void>
  /** An archive behind the reference's initrd: entries of the initial ramfs that replace its own. */
  readonly overlay?: (architecture: Architecture) => Promise<readonly CpioEntry[]>
  /** Another configuration that the kernel is said to be built with. */
  readonly kernelConfig?: (config: string, architecture: Architecture) => string
  /** Changes in the bytes of the kernel's file. */
  readonly alterKernel?: (kernel: Buffer, architecture: Architecture) => void
  /** Disks of the image, which the reference does not have: their contents. */
  readonly disks?: () => Promise<readonly Buffer[]>
  /** What the machine is like, where it lets the flaw show. */
  readonly machine?: Partial<Record<Architecture, Pick<GuestFiles, 'cpu' | 'deviceTreeSeed'>>>
  /** Those on which the flaw can exist. @default all */
  readonly architectures?: readonly Architecture[]
  /** Another kernel command line. */
  readonly cmdline?: (words: readonly string[], architecture: Architecture) => readonly string[]
}

/** The description with another `web`, the service that isolation is judged by. */
export const withWeb =
  (change: Partial<ContainerDescription>) =>
  (description: Description): Description => ({
    ...description,
    services: description.services.map((service) =>
      service.name === 'web' ? { ...service, ...change } : service,
    ),
  })

/** The description with more modules, which the running system loads. */
export const withModules =
  (...names: readonly string[]) =>
  (description: Description): Description => ({
    ...description,
    kernel: {
      ...description.kernel,
      modules: {
        ...description.kernel.modules,
        root: [...description.kernel.modules.root, ...names],
      },
    },
  })
