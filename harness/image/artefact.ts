import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { DrydockError, messageOf } from '../common/errors.ts'
import { damaged } from './damaged.ts'
import { limits } from './limits.ts'

/**
 * The bytes of a file that belongs to an image.
 * @param what it should be, follows "expected": `a kernel`
 * @throws `NO_SUCH_FILE` (usage) for anything but a readable regular file, `IMAGE_TOO_LARGE`
 */
export const readArtefact = async (path: string, what: string): Promise<Buffer> => {
  // Without O_NONBLOCK, opening a FIFO by mistake would wait for ever.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch((error: unknown) => {
    throw unreadable(`${path}: expected ${what}, found that it cannot be opened: ${messageOf(error)}`, error)
  })
  try {
    const stat = await file.stat()
    if (!stat.isFile()) {
      throw unreadable(
        `${path}: expected ${what}, found ${stat.isDirectory() ? 'a directory' : 'no regular file'}`,
      )
    }
    if (stat.size > limits.unpackedBytes) {
      throw damaged(
        'IMAGE_TOO_LARGE',
        `${path}: expected at most ${limits.unpackedBytes} bytes, found ${stat.size}`,
      )
    }
    return await file.readFile()
  } finally {
    await file.close()
  }
}

const unreadable = (message: string, cause?: unknown): DrydockError =>
  new DrydockError(message, { code: 'NO_SUCH_FILE', blame: 'usage', cause })
