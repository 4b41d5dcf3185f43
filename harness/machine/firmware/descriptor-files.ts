import { constants } from 'node:fs'
import { open, readdir } from 'node:fs/promises'
import { homedir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import {
  type BadDescriptor,
  descriptorBytes,
  type FirmwareDescriptor,
  parseDescriptor,
} from './descriptor.ts'

const mostFiles = 256

/**
 * Where descriptors lie, from the most general folder to the most specific: QEMU's own, the distribution's, the
 * administrator's, the user's.
 */
export const descriptorFolders = (
  qemuPath: string,
  environment: NodeJS.ProcessEnv = process.env,
): readonly string[] => {
  const { XDG_CONFIG_HOME: given = '' } = environment
  const config = given === '' ? join(homedir(), '.config') : given
  return [
    ...new Set([
      resolve(dirname(qemuPath), '../share/qemu/firmware'),
      '/usr/share/qemu/firmware',
      '/etc/qemu/firmware',
      join(config, 'qemu/firmware'),
    ]),
  ]
}

export interface DescriptorFile {
  readonly path: string
  readonly content: FirmwareDescriptor | BadDescriptor
}

/**
 * The descriptors in force, the preferred ones first: sorted by file name over all folders; a file in a more specific folder
 * replaces those of its name, and an empty one only hides them.
 * @param folders from the most general to the most specific; those that do not exist have none
 */
export const readDescriptors = async (folders: readonly string[]): Promise<readonly DescriptorFile[]> => {
  const byName = new Map<string, string>()
  for (const folder of folders) {
    const names = await readdir(folder).catch(() => [])
    for (const name of names.filter((candidate) => candidate.endsWith('.json')).slice(0, mostFiles))
      byName.set(name, join(folder, name))
  }
  const paths = [...byName.values()].sort((a, b) => (basename(a) < basename(b) ? -1 : 1))
  const files = await Promise.all(paths.map(readDescriptor))
  return files.filter((file) => file !== undefined)
}

const readDescriptor = async (path: string): Promise<DescriptorFile | undefined> => {
  try {
    // A link to /dev/null hides as well, and a FIFO must not make us wait.
    await using file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
    if (!(await file.stat()).isFile()) return undefined
    const { buffer, bytesRead } = await file.read(Buffer.alloc(descriptorBytes + 1))
    return bytesRead === 0 ? undefined : { path, content: parseDescriptor(buffer.subarray(0, bytesRead)) }
  } catch {
    return { path, content: { problem: 'cannot be read' } }
  }
}
