import { constants } from 'node:fs'
import { type FileHandle, open, stat } from 'node:fs/promises'
import { DrydockError, messageOf } from '../common/errors.ts'
import { type ByteSource, checkRange, fileSource } from './byte-source.ts'

/** What is at a path of the host, links followed. @throws `NO_SUCH_FILE` (usage) */
export const kindOfPath = async (path: string): Promise<'file' | 'folder'> => {
  const found = await stat(path).catch((error: unknown) => {
    throw unreadable(path, `that it cannot be opened: ${messageOf(error)}`, error)
  })
  if (found.isDirectory()) return 'folder'
  if (found.isFile()) return 'file'
  throw unreadable(path, 'no regular file')
}

/** A file of the host; it is open only while it is read, so that nobody has to close it. @throws `NO_SUCH_FILE` (usage) */
export const hostSource = async (path: string): Promise<ByteSource> => {
  await using first = await openRegular(path)
  const { size } = await first.stat()
  return {
    name: path,
    size,
    read: async (offset, length) => {
      checkRange(path, size, offset, length)
      await using file = await openRegular(path)
      return await fileSource(file, size, path).read(offset, length)
    },
  }
}

const openRegular = async (path: string): Promise<FileHandle> => {
  // Without O_NONBLOCK, opening a FIFO by mistake would wait for ever.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch((error: unknown) => {
    throw unreadable(path, `that it cannot be opened: ${messageOf(error)}`, error)
  })
  if ((await file.stat()).isFile()) return file
  await file.close()
  throw unreadable(path, 'no regular file')
}

const unreadable = (path: string, found: string, cause?: unknown): DrydockError =>
  new DrydockError(`${path}: expected an image, found ${found}`, {
    code: 'NO_SUCH_FILE',
    blame: 'usage',
    cause,
  })
