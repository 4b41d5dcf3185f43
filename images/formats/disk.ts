import { open, stat } from 'node:fs/promises'
import { tool } from './tool.ts'

const mebibyte = 2 ** 20
const sectorBytes = 512

/** How a disk is divided: one partition, from its second mebibyte on. */
interface Table {
  readonly label: string
  readonly partition: string
}

/** Made-up names of disk and partition, always the same. */
export const tables = {
  gpt: {
    label: 'label: gpt\nlabel-id: 64727964-6F63-6B00-0000-000000000001',
    partition: 'type=uefi, uuid=64727964-6F63-6B00-0000-000000000002, name=ESP',
  },
  mbr: { label: 'label: dos\nlabel-id: 0x4452444b', partition: 'type=c, bootable' },
} as const satisfies Readonly<Record<string, Table>>

/** Writes a disk with a partition that has the contents of a file. */
export const writeDisk = async (path: string, table: Table, contents: string): Promise<void> => {
  const { size } = await stat(contents)
  await using disk = await open(path, 'w+')
  // A GPT has its copy in the last sectors.
  await disk.truncate(size + 2 * mebibyte)
  const partition = `start=${mebibyte / sectorBytes}, size=${size / sectorBytes}, ${table.partition}`
  await tool('sfdisk', ['--quiet', path], `${table.label}\n${partition}\n`)
  await using from = await open(contents, 'r')
  for (let at = 0; at < size; at += mebibyte) {
    const { buffer, bytesRead } = await from.read(Buffer.alloc(mebibyte), 0, mebibyte, at)
    const piece = buffer.subarray(0, bytesRead)
    // Zeros stay holes.
    if (piece.some((byte) => byte !== 0)) await disk.write(piece, 0, bytesRead, mebibyte + at)
  }
}

/** The same disk as qcow2. */
export const convertToQcow2 = async (raw: string, path: string): Promise<void> =>
  await tool('qemu-img', ['convert', '-q', '-f', 'raw', '-O', 'qcow2', raw, path])
