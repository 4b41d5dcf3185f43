import { resolve } from 'node:path'
import { DrydockError, messageOf } from '../common/errors.ts'
import { neutraliseLine } from '../common/text.ts'
import { findBootFiles } from '../image/boot/boot-files.ts'
import { type BootWay, bootWaysOf, type FoundWays } from '../image/boot/ways.ts'
import { openArtefact } from '../image/open-artefact.ts'
import { type Part, partsOf } from '../image/part.ts'
import {
  commandLine,
  diskOf,
  nameFrom,
  type Start,
  type Target,
  type TargetFlags,
  targetFrom,
} from '../target/target.ts'
import { takeBootFiles } from './take-boot-files.ts'

type Say = (line: string) => void

/**
 * The target that one file is: what it holds is found out from its bytes, and so is what starts it. Flags choose where
 * there is more than one way.
 * @param say is told what was found
 * @throws `NOT_BOOTABLE`, `AMBIGUOUS_IMAGE` (usage), what opening it throws
 */
export const targetFromImage = async (path: string, flags: TargetFlags, say: Say): Promise<Target> => {
  const part = await openArtefact(path)
  const way = chosenWay(part, await bootWaysOf(part), flags)
  say(`${neutraliseLine(path)} is a ${part.format}; ${inWords(way)}: ${neutraliseLine(way.evidence, 300)}`)
  await lookForKernel(part, way, say)
  return await targetFrom(await startOf(part, way, flags), flags)
}

/**
 * An image whose kernel is found at rest has one. Where there are file systems in it that Drydock does not read, the
 * kernel may be there.
 */
const lookForKernel = async (part: Part, { architecture, firmware }: BootWay, say: Say): Promise<void> => {
  try {
    await findBootFiles([part], { name: part.name, architecture, firmware })
  } catch (error) {
    const isAllRead = [...partsOf(part)].every(({ unreadCode }) => unreadCode !== 'IMAGE_UNSUPPORTED')
    const code = error instanceof DrydockError ? error.code : undefined
    if (code !== 'SEVERAL_KERNELS' && (code !== 'NO_KERNEL' || isAllRead)) throw error
    say(`${neutraliseLine(messageOf(error), 400)}: what is judged at rest needs it`)
  }
}

const starters = { uefi: 'UEFI firmware', bios: 'a BIOS', none: 'QEMU' } as const

const inWords = ({ firmware, architecture, from }: BootWay): string =>
  `${starters[firmware]} starts it on ${architecture}${from === 'cdrom' ? ' from an optical drive' : ''}`

const chosenWay = (
  part: Part,
  { ways: all, problems }: FoundWays,
  { firmware, arch }: TargetFlags,
): BootWay => {
  const fit = all.filter(
    (way) => (firmware ?? way.firmware) === way.firmware && (arch ?? way.architecture) === way.architecture,
  )
  const [way] = fit
  if (way !== undefined && fit.length === 1) return way
  if (fit.length > 1) {
    throw new DrydockError(
      `${part.name}: expected one way to start this ${part.format}, found ${fit.length}`,
      {
        code: 'AMBIGUOUS_IMAGE',
        blame: 'usage',
        hint: `Choose one:\n${choices(fit, all)}`,
      },
    )
  }
  if (all.length > 0) {
    throw new DrydockError(
      `${part.name}: expected that the flags leave a way to start this ${part.format}, found none`,
      { code: 'NOT_BOOTABLE', blame: 'usage', hint: `It starts with:\n${choices(all, all)}` },
    )
  }
  throw new DrydockError(
    `${part.name}: expected an image that starts, found a ${part.format}${lacks(part, problems)}`,
    {
      ...{ code: 'NOT_BOOTABLE', blame: 'usage', phase: 'firmware' },
      hint:
        part.tree === undefined || part.format.startsWith('disk')
          ? 'What is in it: drydock inspect FILE.'
          : 'Give the kernel that starts it: --kernel KERNEL --initrd FILE, or --kernel KERNEL --disk FILE with root= in --cmdline.',
    },
  )
}

const choices = (ways: readonly BootWay[], all: readonly BootWay[]): string => {
  const severalArchitectures = new Set(all.map(({ architecture }) => architecture)).size > 1
  return ways
    .map(({ firmware, architecture, evidence }) => {
      const flags = `--firmware ${firmware}${severalArchitectures ? ` --arch ${architecture}` : ''}`
      return `  ${flags}  ${neutraliseLine(evidence, 300)}`
    })
    .join('\n')
}

const isMedium = (part: Part): boolean => /^(?:disk|qcow2|ISO|FAT)/.test(part.format)

const lacks = (part: Part, problems: readonly string[]): string => {
  if (problems.length > 0)
    return ` with ${problems.map((problem) => neutraliseLine(problem, 300)).join('; ')}`
  if (part.unread !== undefined) return `: ${part.unread}`
  const unread = part.parts.find((inner) => inner.unread !== undefined)?.unread
  if (unread !== undefined) return ` that cannot be read whole: ${neutraliseLine(unread, 300)}`
  return isMedium(part)
    ? ' without boot code for a BIOS, and without EFI/BOOT/BOOTX64.EFI or EFI/BOOT/BOOTAA64.EFI for UEFI firmware'
    : ''
}

const startOf = async (part: Part, way: BootWay, flags: TargetFlags): Promise<Start> => {
  const path = resolve(part.name)
  const { architecture, firmware, from } = way
  const start = { name: nameFrom(path), source: path, architecture, firmware, initrd: undefined, disks: [] }
  switch (from) {
    case 'kernel':
      // A unified kernel image brings a command line of its own.
      return {
        ...{ ...start, kernel: path },
        cmdline:
          firmware === 'uefi' && flags.cmdline === undefined
            ? ''
            : await commandLine(flags.cmdline, architecture),
      }
    case 'kernel and initrd': {
      const { cmdline, ...files } = await takeBootFiles(part, path, { architecture, firmware })
      return {
        ...{ ...start, ...files, container: path },
        cmdline: await commandLine(flags.cmdline ?? cmdline, architecture),
      }
    }
    case 'disk':
    case 'cdrom':
      return { ...start, kernel: undefined, cmdline: '', disks: [await diskOf(path, from)] }
  }
}
