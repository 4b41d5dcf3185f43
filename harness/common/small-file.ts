import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { DrydockError, messageOf } from './errors.ts'
import { neutraliseLine } from './text.ts'

const missing: Readonly<Record<string, string>> = {
  ENOENT: 'nothing at that path',
  ENOTDIR: 'nothing at that path',
  EACCES: 'a file that may not be read',
}

/**
 * The bytes of a file that a person wrote, at most `mostBytes`. Never waits: a FIFO or a device is refused.
 * @param expected what the file should be, follows "expected"
 * @throws DrydockError of blame `usage`, `FILE: expected ..., found ...`
 */
export const readSmallFile = async (path: string, expected: string, mostBytes: number): Promise<Buffer> => {
  const wrong = (found: string, cause?: unknown): DrydockError =>
    new DrydockError(`${neutraliseLine(path)}: expected ${expected}, found ${found}`, {
      code: 'BAD_FILE',
      blame: 'usage',
      cause,
    })
  // Without O_NONBLOCK, opening a FIFO by mistake would wait for ever.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch(
    (error: NodeJS.ErrnoException) => {
      throw wrong(missing[error.code ?? ''] ?? messageOf(error), error)
    },
  )
  try {
    const stat = await file.stat()
    if (stat.isDirectory()) throw wrong('a directory')
    if (!stat.isFile()) throw wrong('something that is not a regular file')
    if (stat.size > mostBytes) throw wrong(`${stat.size} bytes, of which at most ${mostBytes} are read`)
    const bytes = Buffer.alloc(mostBytes + 1)
    let length = 0
    // A file may grow while it is read, and one of /proc says that it is empty.
    for (let read = -1; read !== 0 && length < bytes.length; length += read) {
      read = (await file.read(bytes, length, bytes.length - length)).bytesRead
    }
    if (length > mostBytes) throw wrong(`more than ${mostBytes} bytes`)
    return bytes.subarray(0, length)
  } finally {
    await file.close()
  }
}
