import type { Architecture } from '../../common/architecture.ts'
import type { TreeEntry } from '../file-tree.ts'
import { type Part, partsOf } from '../part.ts'

/** A loader where UEFI firmware looks on a medium that it knows nothing of (UEFI specification 2.10, 3.5.1.1). */
export interface UefiLoader {
  readonly architecture: Architecture
  /** `/EFI/BOOT/BOOTX64.EFI in disk.img partition 1` */
  readonly place: string
  /** Why firmware will not start it. */
  readonly problem: string | undefined
}

const paths: Readonly<Record<Architecture, string>> = {
  x86_64: '/EFI/BOOT/BOOTX64.EFI',
  arm64: '/EFI/BOOT/BOOTAA64.EFI',
}

/** IMAGE_FILE_MACHINE_AMD64 and IMAGE_FILE_MACHINE_ARM64 (Microsoft, "PE Format"). */
const machines: Readonly<Record<Architecture, number>> = { x86_64: 0x8664, arm64: 0xaa64 }

/** The loaders in the FAT file systems of a part. */
export const uefiLoadersIn = async (part: Part): Promise<UefiLoader[]> => {
  const found: UefiLoader[] = []
  for (const { format, name, tree } of partsOf(part)) {
    if (!format.startsWith('FAT') || tree === undefined) continue
    for (const architecture of ['x86_64', 'arm64'] as const) {
      const entry = [...tree.entries()].find(({ path }) => path.toUpperCase() === paths[architecture])
      if (entry === undefined) continue
      const place = `${paths[architecture]} in ${name}`
      const problem = await problemWith(entry, architecture)
      found.push({ architecture, place, problem: problem && `${place}, which ${problem}` })
    }
  }
  return found
}

const headBytes = 4096

const problemWith = async (entry: TreeEntry, architecture: Architecture): Promise<string | undefined> => {
  const head = await entry.content.read(0, Math.min(headBytes, entry.size)).catch(() => undefined)
  if (head === undefined) return 'cannot be read'
  const machine = machineOf(head)
  if (machine === undefined) return 'is no UEFI program'
  return machine === machines[architecture]
    ? undefined
    : `is a UEFI program for machine 0x${machine.toString(16)}, not for ${architecture}`
}

/** The machine in the header of a PE program. */
const machineOf = (head: Buffer): number | undefined => {
  if (head.length < 64 || head.toString('latin1', 0, 2) !== 'MZ') return undefined
  const pe = head.readUInt32LE(0x3c)
  return pe + 6 > head.length || head.toString('latin1', pe, pe + 4) !== 'PE\0\0'
    ? undefined
    : head.readUInt16LE(pe + 4)
}
