import { type FileHandle, mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DrydockError, messageOf } from '../common/errors.ts'
import { type ByteSource, MemorySource, readStart } from './byte-source.ts'
import { damaged } from './damaged.ts'
import { uint64LE } from './fields.ts'
import { runHostTool } from './host-tool.ts'
import { limits } from './limits.ts'
import { MemoryTree } from './memory-tree.ts'
import { readTar } from './tar.ts'

/** Whether the bytes start with the superblock of a squashfs, version 4. */
export const isSquashfs = (bytes: Buffer): boolean =>
  bytes.length >= 96 && bytes.toString('latin1', 0, 4) === 'hsqs' && bytes.readUInt16LE(28) === 4

/** The same for one that is in memory. */
export const readSquashfs = async (bytes: Buffer, name: string): Promise<MemoryTree> =>
  await openSquashfs(new MemorySource(bytes, name))

/**
 * Reads a whole squashfs into memory through sqfs2tar: with owners, devices, links and extended attributes, and
 * nothing unpacked on to the host. Sockets are left out, since tar cannot hold them.
 * @param room bytes that it may become. @default limits.unpackedBytes
 * @throws `IMAGE_DAMAGED`, `IMAGE_TOO_LARGE`, `TOOL_MISSING`
 */
export const openSquashfs = async (
  source: ByteSource,
  room: number = limits.unpackedBytes,
): Promise<MemoryTree> => {
  const { name } = source
  const head = await readStart(source, 96)
  if (!isSquashfs(head)) throw damaged('IMAGE_DAMAGED', `${name}: expected a squashfs, found other bytes`)
  const used = uint64LE(head, 40)
  if (used > source.size) {
    throw damaged('IMAGE_DAMAGED', `${name}: expected a squashfs of ${used} bytes, found ${source.size}`)
  }
  if (used > mostBytes) {
    throw damaged(
      'IMAGE_TOO_LARGE',
      `${name}: expected a squashfs of at most ${mostBytes} bytes, found ${used}`,
    )
  }
  await using file = await namelessFile(source, used)
  const { stdout } = await runHostTool(
    { name: 'sqfs2tar', debianPackage: 'squashfs-tools-ng' },
    ['--root-becomes', '.', `/proc/${process.pid}/fd/${file.fd}`],
    { purpose: `the squashfs ${name}`, outputLimit: room, inputBytes: used },
  )
  const tree = new MemoryTree()
  await readTar(new MemorySource(stdout, name), tree)
  return tree
}

/** It has to be copied for sqfs2tar. */
const mostBytes = 4 * 1024 ** 3
const pieceBytes = 4 * 1024 * 1024

/** sqfs2tar needs a file it can seek in; this one has lost its name before it is filled, so it can never stay. */
const namelessFile = async (source: ByteSource, length: number): Promise<FileHandle> => {
  let file: FileHandle | undefined
  try {
    file = await openNameless()
    for (let at = 0; at < length; at += pieceBytes) {
      await file.writeFile(await source.read(at, Math.min(pieceBytes, length - at)))
    }
    return file
  } catch (error) {
    await file?.close()
    if (error instanceof DrydockError) throw error
    throw new DrydockError(
      `expected room for ${length} bytes of ${source.name} in ${tmpdir()}, found: ${messageOf(error)}`,
      { code: 'TEMPORARY_DIRECTORY', blame: 'testbed', phase: 'prepare', cause: error },
    )
  }
}

const openNameless = async (): Promise<FileHandle> => {
  const folder = await mkdtemp(join(tmpdir(), 'drydock-'))
  try {
    return await open(join(folder, 'squashfs'), 'wx+', 0o600)
  } finally {
    await rm(folder, { recursive: true })
  }
}
