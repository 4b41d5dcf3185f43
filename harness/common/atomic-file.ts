import { randomUUID } from 'node:crypto'
import { mkdir, open, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { DrydockError, messageOf } from './errors.ts'

const writeAndSync = async (path: string, content: string | Buffer): Promise<void> => {
  await using file = await open(path, 'wx')
  await file.writeFile(content)
  // Some file systems only find out here that the disk is full.
  await file.sync()
}

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''

const explained = (error: unknown, path: string, bytes: number): DrydockError => {
  switch (codeOf(error)) {
    case 'ENOSPC':
    case 'EDQUOT':
      return new DrydockError(`${path}: expected room for ${bytes} bytes, found the disk full`, {
        code: 'DISK_FULL',
        blame: 'testbed',
        hint: `Make room on the file system of ${dirname(path)}, or give another folder with --out.`,
        cause: error,
      })
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
    case 'ENOTDIR':
    case 'EEXIST':
    case 'EISDIR':
      return new DrydockError(`${path}: expected a file that can be written, found ${messageOf(error)}`, {
        code: 'CANNOT_WRITE',
        blame: 'usage',
        hint: 'Give another folder with --out.',
        cause: error,
      })
    default:
      return new DrydockError(`${path}: expected to write a file, found ${messageOf(error)}`, {
        code: 'CANNOT_WRITE',
        blame: 'testbed',
        cause: error,
      })
  }
}

/**
 * Writes a file so that readers see either what was there before or all of the new content; makes the folders above it.
 * Throws `DISK_FULL` (testbed) or `CANNOT_WRITE`, and then leaves nothing of its own behind.
 * @param write writes `content` to a new file that does not exist yet
 */
export const writeFileAtomically = async (
  path: string,
  content: string | Buffer,
  write: (path: string, content: string | Buffer) => Promise<void> = writeAndSync,
): Promise<void> => {
  // In the same folder, since a rename works within one file system only.
  const draft = join(dirname(path), `.${basename(path)}.${randomUUID()}`)
  try {
    await mkdir(dirname(path), { recursive: true })
    await write(draft, content)
    await rename(draft, path)
  } catch (error) {
    await rm(draft, { force: true }).catch(() => {}) // the first error is the one that matters
    throw explained(error, path, Buffer.byteLength(content))
  }
}
