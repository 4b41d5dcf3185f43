import { type FileHandle, mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DrydockError, messageOf } from '../common/errors.ts'
import { damaged } from './damaged.ts'
import { runHostTool } from './host-tool.ts'
import { MemoryTree } from './memory-tree.ts'
import { readTar } from './tar.ts'

/** Whether the bytes start with the superblock of a squashfs, version 4. */
export const isSquashfs = (bytes: Buffer): boolean =>
  bytes.length >= 96 && bytes.toString('latin1', 0, 4) === 'hsqs' && bytes.readUInt16LE(28) === 4

/**
 * Reads a whole squashfs into memory through sqfs2tar: with owners, devices, links and extended attributes, and
 * nothing unpacked on to the host. Sockets are left out, since tar cannot hold them.
 * @param name what it is called in errors: `initrd.img:/root.squashfs`
 * @throws `IMAGE_DAMAGED`, `IMAGE_TOO_LARGE`, `TOOL_MISSING`
 */
export const readSquashfs = async (bytes: Buffer, name: string): Promise<MemoryTree> => {
  if (!isSquashfs(bytes)) throw damaged('IMAGE_DAMAGED', `${name}: expected a squashfs, found other bytes`)
  const used = bytes.readBigUInt64LE(40)
  if (used > BigInt(bytes.length)) {
    throw damaged('IMAGE_DAMAGED', `${name}: expected a squashfs of ${used} bytes, found ${bytes.length}`)
  }
  await using file = await namelessFile(bytes, name)
  const { stdout } = await runHostTool(
    { name: 'sqfs2tar', debianPackage: 'squashfs-tools-ng' },
    ['--root-becomes', '.', `/proc/${process.pid}/fd/${file.fd}`],
    { purpose: `the squashfs ${name}` },
  )
  const tree = new MemoryTree()
  readTar(stdout, tree, name)
  return tree
}

/** sqfs2tar needs a file it can seek in; this one has lost its name before it is filled, so it can never stay. */
const namelessFile = async (bytes: Buffer, name: string): Promise<FileHandle> => {
  let file: FileHandle | undefined
  try {
    file = await openNameless()
    await file.writeFile(bytes)
    return file
  } catch (error) {
    await file?.close()
    throw new DrydockError(
      `expected room for ${bytes.length} bytes of ${name} in ${tmpdir()}, found: ${messageOf(error)}`,
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
