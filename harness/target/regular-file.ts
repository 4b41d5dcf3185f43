import { constants } from 'node:fs'
import { access, readFile, stat } from 'node:fs/promises'
import { messageOf } from '../common/errors.ts'

/** What is wrong with a path that should be a readable regular file with content; undefined where nothing is. */
export const problemWithFile = async (path: string): Promise<string | undefined> => {
  try {
    const found = await stat(path)
    if (found.isDirectory()) return `a directory at ${path}`
    if (!found.isFile()) return `something that is not a regular file at ${path}`
    if (found.size === 0) return `an empty file at ${path}`
    await access(path, constants.R_OK)
    return undefined
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'ENOENT' || code === 'ENOTDIR') return `nothing at ${path}`
    if (code === 'EACCES') return `a file that may not be read at ${path}`
    return messageOf(error)
  }
}

/** Whether there is something other than a directory at that path. */
export const exists = async (path: string): Promise<boolean> =>
  await stat(path).then(
    (found) => !found.isDirectory(),
    () => false,
  )

/** The text of a file that passed `problemWithFile`, as Latin-1 so that no byte is lost. */
export const readLatin1 = async (path: string): Promise<string> => await readFile(path, 'latin1')
