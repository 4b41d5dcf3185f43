import { join } from 'node:path'
import type { Architecture } from '../../harness/common/architecture.ts'
import { debianArchitectureOf } from '../../harness/common/debian-lock.ts'
import type { Description } from './description.ts'

export const kernelNames = ['debian:6.1', 'debian:6.12', 'debian:7.2', 'debian:7.3'] as const
/** A kernel that the reference image can be built with: a series of Debian's. */
export type KernelName = (typeof kernelNames)[number]

interface DebianKernel {
  readonly suite: string
  /** The packages that it comes in. From 7.2 on there is one for each kind of file. */
  readonly packages: readonly ('image' | 'base' | 'binary' | 'modules')[]
  /** What this kernel has as modules and newer ones within, in load order. */
  readonly modules?: readonly string[]
  /** Settings that came later. */
  readonly lackedSysctls?: readonly string[]
}

/** The kernel of images/lock.json. */
const defaultKernel = 'debian:6.12'

/** All but the default. */
const debianKernels: Readonly<Record<Exclude<KernelName, typeof defaultKernel>, DebianKernel>> = {
  'debian:6.1': {
    suite: 'bookworm',
    packages: ['image'],
    modules: [
      ...['virtio', 'virtio_ring', 'virtio_pci_legacy_dev', 'virtio_pci_modern_dev', 'virtio_pci'],
      ...['virtio_console', 'virtio-rng'],
    ],
    lackedSysctls: ['kernel.io_uring_disabled', 'dev.tty.legacy_tiocsti'],
  },
  'debian:7.2': { suite: 'sid', packages: ['base', 'binary', 'modules'] },
  'debian:7.3': { suite: 'experimental', packages: ['base', 'binary', 'modules'] },
}

/** A kernel from another suite than the rest of the image. */
export interface OtherKernel {
  readonly name: KernelName
  readonly suite: string
  /** Its own lock file. */
  readonly lockPath: string
  packageNames(architecture: Architecture): readonly string[]
  /** The description with the modules and settings that this kernel has. */
  adapt(description: Description): Description
}

/** Undefined for the kernel that the image has by default. */
export const otherKernel = (name: KernelName | undefined): OtherKernel | undefined => {
  if (name === undefined || name === defaultKernel) return undefined
  const { suite, packages, modules = [], lackedSysctls = [] } = debianKernels[name]
  return {
    name,
    suite,
    lockPath: join(import.meta.dirname, '..', 'kernels', `${name.replace(':', '-')}.lock.json`),
    packageNames: (architecture) =>
      packages.map((part) => `linux-${part}-cloud-${debianArchitectureOf(architecture)}`),
    adapt: (description) => ({
      ...description,
      kernel: {
        ...description.kernel,
        modules: {
          ...description.kernel.modules,
          root: [...modules, ...description.kernel.modules.root],
        },
      },
      sysctls: {
        ...description.sysctls,
        start: Object.fromEntries(
          Object.entries(description.sysctls.start).filter(([key]) => !lackedSysctls.includes(key)),
        ),
      },
    }),
  }
}

export const otherKernels: readonly OtherKernel[] = kernelNames.flatMap((name) => otherKernel(name) ?? [])
