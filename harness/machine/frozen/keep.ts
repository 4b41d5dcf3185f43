import { chmod, chown, open, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { sha256 } from '../../common/digest.ts'
import { mapFiles } from '../process/guest-files.ts'
import type { MachineParts } from '../running-machine.ts'
import { frozenMode } from '../start-machine.ts'
import { keptFileName, keptNames, type Manifest, shapeOf, writeManifest } from './manifest.ts'
import { checksumOf, copySparse } from './sparse-copy.ts'

/** Writes all that a frozen machine is to an existing empty folder; the manifest comes last. */
export const keepIn = async (
  folder: string,
  { making, files, directory, user }: MachineParts,
  state: Buffer,
  signal: AbortSignal | undefined,
): Promise<Manifest> => {
  await using source = await open(directory.memoryFile, 'r')
  const path = join(folder, keptNames.memory)
  const memory = await copySparse(source, path, signal)
  if (user !== undefined) {
    // Forks run as other users than we, with this group.
    await chown(path, 0, user.gid)
    await chmod(path, frozenMode(making.qemu))
  }
  await writeFile(join(folder, keptNames.state), state, { mode: 0o600 })
  const kept = await mapFiles(files, async ({ path: from, ours, handle }, { index }) => {
    const checksum = ours
      ? await copySparse(handle, join(folder, keptFileName(index)), signal)
      : await checksumOf(handle)
    return { path: from, ours, checksum }
  })
  const shape = shapeOf(making, files)
  return await writeManifest(folder, { making, files: kept, memory, state: sha256(state), shape })
}
