import type { Architecture } from '../../common/architecture.ts'
import { DrydockError } from '../../common/errors.ts'
import type { Firmware } from '../../target/target.ts'
import { damaged } from '../damaged.ts'
import { type Part, partsOf } from '../part.ts'
import { entriesIn, type FoundEntry } from './loader-entry.ts'

/** What firmware comes to start, by way of a loader, from an image that brings its own kernel. */
export interface BootFiles {
  readonly kernel: Part
  readonly initrd: Part | undefined
  /** Undefined where nothing at rest says it. */
  readonly cmdline: { readonly text: string; readonly source: string } | undefined
}

/**
 * Finds the kernel that an image starts, with its initrd and its command line: those that the first entry of a loader
 * names, else those of a unified kernel image, else the only ones that are there.
 * @throws `NO_KERNEL`, `SEVERAL_KERNELS`, `IMAGE_DAMAGED` (usage)
 */
export const findBootFiles = async (
  parts: readonly Part[],
  wanted: { readonly name: string; readonly architecture: Architecture; readonly firmware: Firmware },
): Promise<BootFiles> => {
  const all = parts.flatMap((part) => [...partsOf(part)])
  const kernels = all.filter((part) => part.kernel?.architecture === wanted.architecture)
  const initrds = all.filter((part) => part.format === 'initrd')
  const entries = await allEntries(all, wanted.firmware)
  for (const entry of entries) {
    checkReadable(all, entry)
    const kernel = kernels.find((part) => isAt(part, entry.kernel))
    if (kernel === undefined) continue
    const { initrd: path, options: text, source } = entry
    const initrd = path === undefined ? undefined : initrds.find((part) => isAt(part, path))
    return { kernel, initrd, cmdline: { text, source } }
  }
  const unified = all.find((part) => part.parts.some((inner) => kernels.includes(inner)) && isUnified(part))
  if (unified !== undefined) return ofUnified(unified)
  const [kernel, ...more] = kernels
  if (kernel === undefined) throw noKernel(wanted, all, entries)
  if (more.length > 0) {
    throw damaged(
      'SEVERAL_KERNELS',
      `${wanted.name}: expected a boot loader's configuration that says which kernel is started, found none for ${kernels.map(({ name }) => name).join(', ')}`,
    )
  }
  return { kernel, initrd: onlyOne(initrds), cmdline: undefined }
}

/** Microcode comes as an archive too, and is nothing that a kernel starts from. */
const onlyOne = (initrds: readonly Part[]): Part | undefined => {
  const started = initrds.filter(({ tree }) => tree?.resolve('/init') !== undefined)
  return started.length === 1 ? started[0] : undefined
}

/** Kernel and initrd that are there and damaged are not started in part. */
const checkReadable = (parts: readonly Part[], { kernel, initrd, source }: FoundEntry): void => {
  const paths = [kernel, initrd].filter((path) => path !== undefined)
  const broken = parts.find(
    (part) => part.unreadCode === 'IMAGE_DAMAGED' && paths.some((path) => isAt(part, path)),
  )
  if (broken !== undefined)
    throw damaged('IMAGE_DAMAGED', `${broken.name}, which ${source} starts: ${broken.unread}`)
}

const isUnified = ({ format }: Part): boolean => format === 'unified kernel image'

/** @param unified a part whose parts are the sections of a unified kernel image */
export const ofUnified = (unified: Part): BootFiles => {
  const kernel = unified.parts.find((part) => part.kernel !== undefined)
  if (kernel === undefined)
    throw damaged('NO_KERNEL', `${unified.name}: expected a kernel in it, found none that can be read`)
  return {
    kernel,
    initrd: unified.parts.find(({ format }) => format === 'initrd'),
    cmdline:
      unified.cmdline === undefined
        ? undefined
        : { text: unified.cmdline, source: `${unified.name} section .cmdline` },
  }
}

/** Those that the firmware's own loader reads come first. */
const allEntries = async (parts: readonly Part[], firmware: Firmware): Promise<FoundEntry[]> => {
  const found: FoundEntry[] = []
  for (const { name, tree } of parts) if (tree !== undefined) found.push(...(await entriesIn(name, tree)))
  const rank = ({ isForBios }: FoundEntry): number => (isForBios === (firmware === 'bios') ? 0 : 1)
  return found.toSorted((one, other) => rank(one) - rank(other))
}

/** A loader's paths begin at the root of a partition, or follow a device in brackets. */
const isAt = ({ name }: Part, path: string): boolean => {
  const plain = path.replace(/^\([^)]*\)/, '')
  return name.toLowerCase().endsWith(`:${plain.startsWith('/') ? '' : '/'}${plain}`.toLowerCase())
}

const noKernel = (
  { name, architecture }: { readonly name: string; readonly architecture: Architecture },
  parts: readonly Part[],
  [entry]: readonly FoundEntry[],
) => {
  const unread = parts.find((part) => part.unread !== undefined)
  const why =
    unread === undefined
      ? entry === undefined
        ? ''
        : `, though ${entry.source} starts ${entry.kernel}`
      : `; ${unread.name} could not be read: ${unread.unread}`
  return new DrydockError(`${name}: expected a kernel for ${architecture} in it, found none${why}`, {
    ...{ code: 'NO_KERNEL', blame: 'usage', phase: 'kernel' },
  })
}
