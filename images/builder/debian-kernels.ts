import { join } from 'node:path'
import type { Architecture } from '../../harness/common/architecture.ts'
import { debianArchitectureOf } from '../../harness/common/debian-lock.ts'
import type { Description } from './description.ts'
import type { RootFileSystem } from './root-image.ts'

export const kernelNames = ['debian:6.1', 'debian:6.12', 'debian:7.2', 'debian:7.3'] as const
/** A kernel that the reference image can be built with: a series of Debian's. */
export type KernelName = (typeof kernelNames)[number]

interface DebianKernel {
  readonly suite: string
  /** The packages that it comes in. From 7.2 on there is one for each kind of file. */
  readonly packages: readonly ('image' | 'base' | 'binary' | 'modules')[]
  /** What this kernel has as modules and newer ones within, in load order. */
  readonly modules?: readonly string[]
  /** What the root is, where this kernel cannot mount a file as the default one does (Linux 6.12). */
  readonly root?: RootFileSystem
  /** The modules that reach the root, where they are others. */
  readonly initrdModules?: readonly string[]
  /** Settings that came later. */
  readonly lackedSysctls?: readonly string[]
  /** Parameters that older kernels do not know or need. */
  readonly parameters?: readonly string[]
  readonly parametersFor?: Partial<Record<Architecture, readonly string[]>>
}

/** Kernels that can hash pointers for good, and whose configuration leaves it to the CPU whether it has TSX. */
const newKernel = {
  packages: ['base', 'binary', 'modules'],
  initrdModules: ['loop', 'erofs'],
  parameters: ['hash_pointers=always'],
  parametersFor: { x86_64: ['tsx=off'] },
} as const

/** The kernel of images/lock.json. */
const defaultKernel = 'debian:6.12'

/** All but the default. */
const debianKernels: Readonly<Record<Exclude<KernelName, typeof defaultKernel>, DebianKernel>> = {
  'debian:6.1': {
    suite: 'bookworm',
    packages: ['image'],
    root: 'squashfs',
    initrdModules: ['loop', 'squashfs'],
    modules: [
      ...['virtio', 'virtio_ring', 'virtio_pci_legacy_dev', 'virtio_pci_modern_dev', 'virtio_pci'],
      ...['virtio_console', 'virtio-rng'],
    ],
    lackedSysctls: ['kernel.io_uring_disabled', 'dev.tty.legacy_tiocsti'],
  },
  'debian:7.2': { suite: 'sid', ...newKernel },
  'debian:7.3': { suite: 'experimental', ...newKernel },
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
  const kernel: DebianKernel = debianKernels[name]
  const {
    suite,
    packages,
    root,
    modules = [],
    initrdModules,
    lackedSysctls = [],
    parameters = [],
    parametersFor = {},
  } = kernel
  const withOwn = (architecture: Architecture, given: readonly string[] | undefined): string[] => [
    ...(given ?? []),
    ...(parametersFor[architecture] ?? []),
  ]
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
        root: root ?? description.kernel.root,
        cmdline: [...description.kernel.cmdline, ...parameters],
        cmdlineFor: {
          x86_64: withOwn('x86_64', description.kernel.cmdlineFor.x86_64),
          arm64: withOwn('arm64', description.kernel.cmdlineFor.arm64),
        },
        modules: {
          initrd: [...(initrdModules ?? description.kernel.modules.initrd)],
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
