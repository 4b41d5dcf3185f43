import { type FileHandle, readFile, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { sha256 } from '../../common/digest.ts'
import { DrydockError } from '../../common/errors.ts'
import { type ProgressListener, silent } from '../../common/progress.ts'
import { decideAccelerator } from '../accelerator.ts'
import { isRoot, type QemuUser } from '../process/confinement.ts'
import { openGuestFile } from '../process/guest-file.ts'
import { type GuestFiles, mapFiles, openAll, openBootFile } from '../process/guest-files.ts'
import { createRunDirectory, runDirectoryBase } from '../process/run-directory.ts'
import { findQemu, type Qemu } from '../qemu.ts'
import { withBootFileHeads } from './boot-file-heads.ts'
import type { FrozenMachine } from './frozen-machine.ts'
import { KeptMachine } from './kept-machine.ts'
import { keptFileName, keptNames, type Manifest, readManifest, shapeOf } from './manifest.ts'
import { checksumOf } from './sparse-copy.ts'

/** Why a folder does not give a frozen machine. */
class Unsound extends Error {}

/**
 * The machine that was frozen into a folder; undefined where it is damaged, or where QEMU, the image or Drydock are others
 * by now. `progress` is told which.
 */
export const openFrozenMachine = async (
  folder: string,
  { progress = silent }: { readonly progress?: ProgressListener | undefined } = {},
): Promise<FrozenMachine | undefined> => {
  const manifest = await readManifest(folder)
  const say = (why: string) =>
    progress({
      ...(manifest === undefined ? {} : { architecture: manifest.making.spec.architecture }),
      step: 'prepare',
      detail: `the frozen machine in ${folder} is of no use: ${why}`,
    })
  try {
    if (manifest === undefined)
      throw new Unsound(`${keptNames.manifest} is missing, damaged or of another version`)
    const qemu = await sameQemu(manifest)
    return await openKept(folder, { ...manifest, making: { ...manifest.making, qemu } }, 'verify')
  } catch (error) {
    if (!(error instanceof Unsound)) throw error
    say(error.message)
    return undefined
  }
}

/** The QEMU that is found now must be the very same, and its accelerator must work. */
const sameQemu = async ({ making: { qemu, accelerator, cpu } }: Manifest): Promise<Qemu> => {
  const found = await findQemu(qemu.architecture)
  if (found.text !== qemu.text) throw new Unsound(`it is of ${qemu.text}, found ${found.text}`)
  if (accelerator.used === 'tcg') return found
  const { used, reason } = await decideAccelerator(found, qemu.architecture, 'prefer', { cpu })
  if (used !== accelerator.used) throw new Unsound(`it needs ${accelerator.used}: ${reason}`)
  return found
}

/** Opens a folder whose manifest is sound. `trust`: it was written just now. */
export const openKept = async (
  folder: string,
  manifest: Manifest,
  how: 'verify' | 'trust',
): Promise<KeptMachine> => {
  await using held = new AsyncDisposableStack()
  const verify = async (handle: FileHandle, checksum: string, name: string) => {
    if (how === 'verify' && (await checksumOf(handle)) !== checksum) throw new Unsound(`${name} has changed`)
  }
  const memoryPath = await realpath(join(folder, keptNames.memory)).catch(missing(keptNames.memory))
  const memory = held.use(await openGuestFile(memoryPath).catch(missing(keptNames.memory)))
  await verify(memory, manifest.memory, keptNames.memory)
  const state = await readFile(join(folder, keptNames.state)).catch(missing(keptNames.state))
  if (sha256(state) !== manifest.state) throw new Unsound(`${keptNames.state} has changed`)

  const { gid } = await memory.stat()
  const user: QemuUser = isRoot() ? { uid: gid, gid } : undefined
  const directory = held.use(createRunDirectory(await runDirectoryBase(0), user))
  const whole = held.use(await openFiles(folder, manifest, { user, directory: directory.path, verify }))
  const { making } = manifest
  if (shapeOf(making, whole) !== manifest.shape)
    throw new Unsound('it is of another version of Drydock, which gives QEMU other arguments')
  const files = await withBootFileHeads(whole, making.spec.architecture, {
    ...{ directory: directory.path, user },
    hold: (handle) => held.use(handle),
  })
  return new KeptMachine({
    ...{ making, files, memoryPath, memory, state },
    group: user?.gid,
    resources: held.move(),
  })
}

interface OpenFilesOptions {
  readonly user: QemuUser
  readonly directory: string
  verify(handle: FileHandle, checksum: string, name: string): Promise<void>
}

const openFiles = async (
  folder: string,
  { files }: Manifest,
  { user, directory, verify }: OpenFilesOptions,
): Promise<GuestFiles> =>
  await openAll(
    async (hold) =>
      await mapFiles(files, async ({ path, ours, checksum }, { index, use }) => {
        const name = keptFileName(index)
        const from = ours ? join(folder, name) : path
        const opened =
          use === 'kernel' || use === 'initrd'
            ? openBootFile(from, user, join(directory, name))
            : openGuestFile(from)
        const handle = hold(await opened.catch(missing(from)))
        await verify(handle, checksum, from)
        return { path, ours, handle }
      }),
  )

const missing =
  (name: string) =>
  (error: unknown): never => {
    if (error instanceof DrydockError && error.code !== 'FILE_UNUSABLE') throw error
    throw new Unsound(`${name} cannot be opened`)
  }
