import type { Architecture } from '../../common/architecture.ts'
import type { Firmware, Medium } from '../../target/target.ts'
import { type Part, partsOf } from '../part.ts'
import { uefiLoadersIn } from './uefi-loaders.ts'

/** One way to start what is in a file. */
export interface BootWay {
  readonly firmware: Firmware
  readonly architecture: Architecture
  /** Whether firmware starts the whole file as a disk or a disc, or it is or holds a kernel that QEMU loads. */
  readonly from: Medium | 'kernel' | 'kernel and initrd'
  /** What speaks for it, in words that follow the name of the way. */
  readonly evidence: string
}

/** How a file can be started, and what in it looks like a way and is none, in words that follow "found". */
export interface FoundWays {
  readonly ways: readonly BootWay[]
  readonly problems: readonly string[]
}

/** All ways in which a part that is a whole file can be started. */
export const bootWaysOf = async (part: Part): Promise<FoundWays> => {
  const content = part.format === 'qcow2 disk' ? part.parts[0] : part
  const rule = content && rules.find(({ applies }) => applies(content))
  if (content === undefined || rule === undefined) return { ways: [], problems: [] }
  const media = rule.uefi === undefined ? [] : await uefiLoadersIn(content)
  const started = media.filter((loader) => loader.problem === undefined)
  return {
    ways: [
      ...rule.ways(content),
      ...started.map(
        ({ architecture, place }): BootWay => ({
          ...{ firmware: 'uefi', architecture, from: rule.uefi ?? 'disk', evidence: place },
        }),
      ),
    ],
    problems: media.flatMap(({ problem }) => problem ?? []),
  }
}

interface Rule {
  applies(part: Part): boolean
  ways(part: Part): BootWay[]
  /** What it is to UEFI firmware, which looks for a loader on it. */
  readonly uefi?: Medium
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
    // With an init it is a root file system, of which a kernel is just one file.
    applies: ({ format, parts, tree }) =>
      format === 'tar archive' && kernelsIn(parts).length > 0 && tree?.resolve('/sbin/init') === undefined,
    ways: ({ parts }) =>
      kernelsIn(parts).map((architecture) => ({
        ...{ firmware: 'none', architecture, from: 'kernel and initrd' },
        evidence: 'a kernel and its initrd in one archive',
      })),
  },
  {
    applies: ({ format, details }) => format === iso && startsOn(details, 'UEFI'),
    ways: ({ details }) => (startsOn(details, 'BIOS') ? [bios('cdrom', inCatalogue)] : []),
    uefi: 'cdrom',
  },
  {
    applies: ({ format, details }) => format === iso && startsOn(details, 'BIOS'),
    ways: () => [bios('cdrom', inCatalogue)],
  },
  {
    applies: ({ format }) => format === 'disk with GPT' || format === 'disk with MBR',
    ways: biosDisk,
    uefi: 'disk',
  },
  { applies: ({ format }) => format.startsWith('FAT'), ways: () => [], uefi: 'disk' },
]

const iso = 'ISO 9660 file system'
const inCatalogue = 'the boot catalogue has an image for it'
const startsOn = (details: Part['details'], firmware: string): boolean =>
  details['starts on']?.split(', ').includes(firmware) === true

const kernelsIn = (parts: readonly Part[]): Architecture[] => [
  ...new Set(parts.flatMap((part) => [...partsOf(part)]).flatMap(({ kernel }) => kernel?.architecture ?? [])),
]

function bios(from: Medium, evidence: string): BootWay {
  return { firmware: 'bios', architecture: 'x86_64', from, evidence }
}

/** Boot code alone proves nothing: partitioning tools leave some that prints an error. */
function biosDisk(part: Part): BootWay[] {
  const code = part.details['boot code']
  if (code === undefined) return []
  if (code === 'GRUB') return [bios('disk', 'GRUB is in its first sector')]
  const partition = part.parts.find(({ details }) => details.active === 'yes' || details.type === 'BIOS boot')
  return partition === undefined
    ? []
    : [bios('disk', `boot code in its first sector, and ${partition.name} to go on with`)]
}
