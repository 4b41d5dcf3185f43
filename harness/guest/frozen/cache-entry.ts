import { copyFile, mkdir, readdir, readFile, utimes, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { writeFileAtomically } from '../../common/atomic-file.ts'
import { sha256 } from '../../common/digest.ts'
import type { ProgressListener } from '../../common/progress.ts'
import type { FrozenMachine } from '../../machine/frozen/frozen-machine.ts'
import { openFrozenMachine } from '../../machine/frozen/open.ts'
import type { GuestSpec } from '../../target/target.ts'
import type { BootOptions } from '../guest.ts'
import { type GuestState, guestStateSchema } from './guest-state.ts'
import { StandingGuest } from './standing-guest.ts'

/** Names in the folder of an entry. The file with the state is written last: without it the entry is none. */
export const entryNames = { machine: 'machine', state: 'guest.json', recordings: 'recordings' } as const

type EntryOptions = Pick<BootOptions, 'outDirectory' | 'progress'>

/** What an entry keeps: a machine, which its holder disposes of, and what is remembered of the guest in it. */
export interface KeptGuest {
  readonly machine: FrozenMachine
  readonly state: GuestState
}

/** What an entry keeps, verified by checksums; undefined where there is none, or `progress` is told why it is of no use. */
export const readEntry = async (
  folder: string,
  progress: ProgressListener | undefined,
): Promise<KeptGuest | undefined> => {
  const text = await readFile(join(folder, entryNames.state), 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  const state = parseState(text)
  if (state === undefined) {
    progress?.({
      step: 'prepare',
      detail: `the frozen guest in ${folder} is of no use: ${entryNames.state} is damaged`,
    })
    return undefined
  }
  const machine = await openFrozenMachine(join(folder, entryNames.machine), { progress })
  return machine === undefined ? undefined : { machine, state }
}

/** The frozen guest that an entry keeps. The recordings of its boot are copied to the output directory. */
export const openEntry = async (
  folder: string,
  spec: GuestSpec,
  { outDirectory, progress }: EntryOptions,
): Promise<StandingGuest | undefined> => {
  const kept = await readEntry(
    folder,
    progress === undefined ? undefined : (event) => progress({ architecture: spec.architecture, ...event }),
  )
  if (kept === undefined) return undefined
  await copyFiles(join(folder, entryNames.recordings), outDirectory)
  const now = new Date()
  await utimes(folder, now, now).catch(() => {}) // its age only helps to clean up
  return new StandingGuest({ ...kept, spec, fromCache: true, id: basename(folder) })
}

/** Completes an entry whose machine is in its place. */
export const completeEntry = async (
  folder: string,
  state: GuestState,
  { outDirectory }: EntryOptions,
): Promise<void> => {
  await copyFiles(outDirectory, join(folder, entryNames.recordings), /^(?:console|hvc0)\.(?:log|cast)$/)
  const text = JSON.stringify(state)
  await writeFileAtomically(
    join(folder, entryNames.state),
    `${sha256(text)}\n${text}\n`,
    // It has the guest's private key.
    (path, content) => writeFile(path, content, { flag: 'wx', mode: 0o600, flush: true }),
  )
}

const parseState = (whole: string): GuestState | undefined => {
  const [checksum, text = ''] = whole.split('\n')
  return checksum === sha256(text) ? guestStateSchema.safeParse(JSON.parse(text)).data : undefined
}

const copyFiles = async (from: string, to: string, names = /^/): Promise<void> => {
  await mkdir(to, { recursive: true })
  for (const name of await readdir(from)) {
    if (names.test(name)) await copyFile(join(from, name), join(to, name))
  }
}
