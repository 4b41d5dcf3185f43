import { DrydockError } from '../../harness/common/errors.ts'
import type { RootTree } from '../builder/root-tree.ts'
import type { Twin } from './twin.ts'
import { withoutSignature } from './unsign.ts'

/** A series that gets no fixes any more, for one of the same length. */
const endedSeries = (series: string): string => ({ 3: '6.9', 4: '6.11' })[series.length] ?? '6.9'

/** Where a kernel's file names its release: the header of a bzImage, the banner of all others. */
const releaseAt = (kernel: Buffer): number => {
  if (kernel.toString('latin1', 0x202, 0x206) === 'HdrS') return kernel.readUInt16LE(0x20e) + 0x200
  const banner = 'Linux version '
  const at = kernel.indexOf(banner)
  return at === -1 ? -1 : at + banner.length
}

const relabel = (kernel: Buffer): void => {
  const at = releaseAt(kernel)
  const [series] = /^\d+\.\d+/.exec(at === -1 ? '' : kernel.toString('latin1', at, at + 16)) ?? []
  if (series === undefined) {
    throw new DrydockError('expected a kernel whose file names its release in plain text, found none', {
      code: 'KERNEL_UNNAMED',
      blame: 'usage',
      phase: 'prepare',
    })
  }
  kernel.write(endedSeries(series), at, 'latin1')
}

/** A module that the reference image loads and needs only where it has a CD-ROM of metadata. */
const unsigned = /-isofs\.ko(?:\.xz)?$/

const unsignModule = async (tree: RootTree): Promise<void> => {
  for (const [path, node] of tree.nodes()) {
    if (node.kind !== 'file' || !unsigned.test(path)) continue
    tree.remove(path)
    tree.file(path.replace(/\.xz$/, ''), await withoutSignature(node.content))
  }
}

/** Flaws of where the kernel, its modules and its chance come from. */
export const kernelOriginTwins = {
  'unsigned-module': {
    flaw: 'a module without a signature is loaded, and neither enforcement, lockdown nor its security module is there',
    boots: true,
    alterRoot: unsignModule,
    cmdline: (words) => [
      ...words.filter((word) => !/^(module\.sig_enforce|lockdown|lsm)=/.test(word)),
      'lsm=yama',
    ],
  },
  'mislabelled-kernel': {
    flaw: 'the file of the kernel names an ended series, and the configuration beside it is that of another kernel',
    boots: true,
    alterKernel: relabel,
    kernelConfig: (config) =>
      config
        .replace(/^(# Linux\/\S+) \S+ (?=Kernel Configuration$)/m, '$1 6.11.9 ')
        .replace(/^CONFIG_CC_VERSION_TEXT=.*$/m, 'CONFIG_CC_VERSION_TEXT="gcc 9.9.9"')
        .replace(/^CONFIG_NR_CPUS=.*$/m, 'CONFIG_NR_CPUS=4'),
  },
  'no-seed': {
    flaw: 'neither the machine nor the CPU has random numbers for the kernel to start with',
    boots: true,
    architectures: ['arm64'],
    machine: { arm64: { cpu: 'neoverse-n1', deviceTreeSeed: false } },
  },
} satisfies Record<string, Twin>
