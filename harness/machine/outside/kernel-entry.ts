import type { KernelView } from './kernel-view.ts'
import type { PhysicalMemory } from './physical-memory.ts'
import { findEntries } from './table-entries.ts'
import { translate } from './translate.ts'
import type { X86Registers } from './x86-registers.ts'

const imageStart = 0xffff_ffff_8000_0000n
const imageEnd = 0xffff_ffff_c000_0000n
const isInImage = (address: bigint): boolean => address >= imageStart && address < imageEnd
const gateBytes = 16

/** Address of the handler in an interrupt gate (Intel SDM volume 3, 6.14.1). */
export const gateHandler = (gate: Buffer): bigint =>
  BigInt(gate.readUInt16LE(0)) | (BigInt(gate.readUInt16LE(6)) << 16n) | (BigInt(gate.readUInt32LE(8)) << 32n)

/** While it starts, the kernel uses a table inside its image; the final one is elsewhere, mapped read-only. */
const x86Entry = (
  { idtBase, idtLimit }: X86Registers,
  view: KernelView,
  memory: PhysicalMemory,
): bigint | undefined => {
  if (idtLimit < gateBytes - 1 || isInImage(idtBase)) return undefined
  const physical = translate(view.format, memory, idtBase)
  const gate = physical === undefined ? undefined : memory.read(physical, gateBytes)
  const handler = gate === undefined ? undefined : gateHandler(gate)
  return handler !== undefined && isInImage(handler) ? handler : undefined
}

/**
 * Kernels before 6.9 set VBAR once before they move themselves to their random place. The linear map, in the lower half
 * of the root table, comes after that.
 */
const arm64Entry = (vbar: bigint, { format }: KernelView, memory: PhysicalMemory): bigint | undefined => {
  if (translate(format, memory, vbar) === undefined) return undefined
  const lowerHalf = {
    table: format.root,
    level: format.levels,
    first: 0,
    count: Math.ceil(format.rootEntries / 2),
  }
  const mapped = findEntries(format, memory, lowerHalf) ?? []
  return mapped.length > 0 ? vbar : undefined
}

/** Where the kernel handles exceptions: the same offset in its image on each boot, so it shows where the image lies. */
export const kernelEntryOf = (view: KernelView, memory: PhysicalMemory): bigint | undefined =>
  view.registers.architecture === 'x86_64'
    ? x86Entry(view.registers, view, memory)
    : arm64Entry(view.registers.vbar, view, memory)
