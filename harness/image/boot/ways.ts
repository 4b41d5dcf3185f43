import type { Architecture } from '../../common/architecture.ts'
import type { Firmware, Medium } from '../../target/target.ts'
import { type Part, partsOf } from '../part.ts'

/** One way to start what is in a file. */
export interface BootWay {
  readonly firmware: Firmware
  readonly architecture: Architecture
  /** Whether firmware starts the whole file as a disk or a disc, or it is or holds a kernel that QEMU loads. */
  readonly from: Medium | 'kernel' | 'kernel and initrd'
  /** What speaks for it, in words that follow the name of the way. */
  readonly evidence: string
}

/** Where UEFI firmware looks on a medium it knows nothing of (UEFI specification 2.10, 3.5.1.1). */
const fallbackLoaders: Readonly<Record<Architecture, string>> = {
  x86_64: '/EFI/BOOT/BOOTX64.EFI',
  arm64: '/EFI/BOOT/BOOTAA64.EFI',
}

/** All ways in which a part that is a whole file can be started; none where it cannot be. */
export const bootWaysOf = (part: Part): BootWay[] => {
  const content = part.format === 'qcow2 disk' ? part.parts[0] : part
  if (content === undefined) return []
  const rule = rules.find(({ applies }) => applies(content))
  return rule === undefined ? [] : rule.ways(content)
}

interface Rule {
  applies(part: Part): boolean
  ways(part: Part): BootWay[]
}

const rules: readonly Rule[] = [
  {
    applies: ({ format }) => format === 'unified kernel image',
    ways: ({ parts }) =>
      kernelsIn(parts).map((architecture) => ({
        ...{ firmware: 'uefi', architecture, from: 'kernel' },
        evidence: 'a unified kernel image, which is a UEFI program',
      })),
  },
  {
    applies: ({ kernel }) => kernel !== undefined,
    ways: (part) =>
      kernelsIn([part]).map((architecture) => ({
        ...{ firmware: 'none', architecture, from: 'kernel' },
        evidence: 'a kernel',
      })),
  },
  {
    applies: ({ format, parts }) => format === 'tar archive' && kernelsIn(parts).length > 0,
    ways: ({ parts }) =>
      kernelsIn(parts).map((architecture) => ({
        ...{ firmware: 'none', architecture, from: 'kernel and initrd' },
        evidence: 'a kernel and its initrd in one archive',
      })),
  },
  {
    applies: ({ format }) => format === 'ISO 9660 file system',
    ways: (part) => {
      const starts = part.details['starts on']?.split(', ') ?? []
      return [
        ...(starts.includes('BIOS') ? [bios('cdrom', 'the boot catalogue has an image for it')] : []),
        ...(starts.includes('UEFI') ? uefi('cdrom', part) : []),
      ]
    },
  },
  {
    applies: ({ format }) => format === 'disk with GPT' || format === 'disk with MBR',
    ways: (part) => [...biosDisk(part), ...uefi('disk', part)],
  },
  { applies: ({ format }) => format.startsWith('FAT'), ways: (part) => uefi('disk', part) },
]

const kernelsIn = (parts: readonly Part[]): Architecture[] => [
  ...new Set(parts.flatMap((part) => [...partsOf(part)]).flatMap(({ kernel }) => kernel?.architecture ?? [])),
]

const bios = (from: Medium, evidence: string): BootWay => ({
  ...{ firmware: 'bios', architecture: 'x86_64', from, evidence },
})

/** Boot code alone proves nothing: partitioning tools leave some that prints an error. */
const biosDisk = (part: Part): BootWay[] => {
  const code = part.details['boot code']
  if (code === undefined) return []
  if (code === 'GRUB') return [bios('disk', 'GRUB is in its first sector')]
  const partition = part.parts.find(({ details }) => details.active === 'yes' || details.type === 'BIOS boot')
  return partition === undefined
    ? []
    : [bios('disk', `boot code in its first sector, and ${partition.name} to go on with`)]
}

const uefi = (from: Medium, part: Part): BootWay[] =>
  (Object.entries(fallbackLoaders) as [Architecture, string][]).flatMap(([architecture, path]) => {
    const place = [...partsOf(part)].find(
      ({ format, tree }) =>
        format.startsWith('FAT') &&
        tree !== undefined &&
        [...tree.entries()].some((entry) => entry.path.toLowerCase() === path.toLowerCase()),
    )
    return place === undefined
      ? []
      : [{ ...{ firmware: 'uefi', architecture, from }, evidence: `${path} in ${place.name}` }]
  })
