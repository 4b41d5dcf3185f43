import { messageOf } from '../../common/errors.ts'
import { type ByteSource, checkRange, sliceOf } from '../byte-source.ts'
import { damaged } from '../damaged.ts'
import { isGpt, readGpt } from '../disk/gpt.ts'
import { isMbr, isProtective, readMbr } from '../disk/mbr.ts'
import type { Partition } from '../disk/partition.ts'
import { isQcow2, openQcow2 } from '../disk/qcow2.ts'
import { limits } from '../limits.ts'
import type { Context, Format, Part } from '../part.ts'

export const qcow2: Format = {
  name: 'qcow2 disk',
  recognises: isQcow2,
  open: async (source, context) => {
    const disk = await openQcow2(source)
    return { parts: [await context.open({ ...disk, name: `${source.name} content` })] }
  },
}

export const gptDisk: Format = {
  name: 'disk with GPT',
  recognises: isGpt,
  open: async (source, context) => ({
    details: await bootCode(source),
    parts: await openAll(source, context, await readGpt(source)),
  }),
}

export const mbrDisk: Format = {
  name: 'disk with MBR',
  recognises: isMbr,
  open: async (source, context) => {
    // Where only the copy at the end of the disk is left, the first sectors show no GPT.
    const isGuarded = isProtective(await source.read(0, 512))
    const partitions = isGuarded ? await readGpt(source) : await readMbr(source)
    return {
      ...(isGuarded ? { format: gptDisk.name } : {}),
      details: await bootCode(source),
      parts: await openAll(source, context, partitions),
    }
  },
}

const openAll = async (
  source: ByteSource,
  context: Context,
  partitions: readonly Partition[],
): Promise<Part[]> => {
  if (partitions.length > limits.partitions) {
    throw damaged(
      'IMAGE_TOO_LARGE',
      `${source.name}: expected at most ${limits.partitions} partitions, found ${partitions.length}`,
    )
  }
  const parts: Part[] = []
  for (const partition of partitions) parts.push(await openPartition(source, context, partition))
  return parts
}

/** Where a BIOS jumps to; partition tables of disks that no BIOS starts have zeros there. */
const bootCodeBytes = 440

const bootCode = async (source: ByteSource): Promise<Readonly<Record<string, string>>> => {
  const code = await source.read(0, bootCodeBytes)
  if (code.every((byte) => byte === 0)) return {}
  return { 'boot code': code.includes('GRUB') ? 'GRUB' : 'yes' }
}

/** Bytes that firmware runs, and no file system. */
const biosBoot = 'BIOS boot'

const openPartition = async (
  source: ByteSource,
  context: Context,
  { number, at, length, type, label, isActive }: Partition,
): Promise<Part> => {
  const name = `${source.name} partition ${number}`
  const details = {
    type,
    ...(label === '' ? {} : { label }),
    ...(isActive ? { active: 'yes' } : {}),
  }
  try {
    checkRange(source.name, source.size, at, length)
  } catch (error) {
    return { name, format: 'partition', size: length, details, parts: [], unread: messageOf(error) }
  }
  if (type === biosBoot) return { name, format: 'boot code', size: length, details, parts: [] }
  const part = await context.open(sliceOf(source, at, length, name))
  return { ...part, details: { ...details, ...part.details } }
}
