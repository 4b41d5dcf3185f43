import { stat, writeFile } from 'node:fs/promises'
import { join, posix } from 'node:path'
import { inScratchFolder } from '../builder/scratch-folder.ts'
import { tool } from './tool.ts'

/** Files by their path; text or bytes, or the path of a file on the host. */
export type FatFiles = Readonly<Record<string, Buffer | string | { readonly from: string }>>

/** FAT32 begins at 65525 clusters, and firmware has to read nothing else (UEFI specification 2.10, 13.3). */
const leastBytes = 36 * 2 ** 20
const mebibyte = 2 ** 20

/** Writes a FAT32 file system with these files, as large as they need. */
export const writeFat = async (path: string, files: FatFiles): Promise<void> =>
  await inScratchFolder(async (folder) => {
    const sources = new Map<string, string>()
    let bytes = 0
    for (const [index, [name, file]] of Object.entries(files).entries()) {
      const source = join(folder, `${index}`)
      if (Buffer.isBuffer(file) || typeof file === 'string') await writeFile(source, file)
      const from = Buffer.isBuffer(file) || typeof file === 'string' ? source : file.from
      sources.set(name, from)
      bytes += (await stat(from)).size
    }
    const mebibytes = Math.ceil(Math.max(leastBytes, bytes * 1.05 + 4 * mebibyte) / mebibyte)
    const label = ['--invariant', '-i', '4452444b', '-n', 'DRYDOCK']
    await tool('mkfs.vfat', ['-F', '32', '-s', '1', ...label, '-C', path, `${mebibytes * 1024}`])
    await tool('mmd', ['-i', path, ...foldersOf([...sources.keys()]).map((name) => `::${name}`)])
    for (const [name, from] of sources) await tool('mcopy', ['-i', path, from, `::${name}`])
  })

const foldersOf = (paths: readonly string[]): string[] => {
  const folders = new Set<string>()
  const add = (path: string): void => {
    if (path === '/' || folders.has(path)) return
    add(posix.dirname(path))
    folders.add(path)
  }
  for (const path of paths) add(posix.dirname(path))
  return [...folders]
}
