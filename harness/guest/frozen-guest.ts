import { mkdir, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { cachePath } from '../common/cache.ts'
import { limitCache } from '../common/cache-limit.ts'
import { DrydockError } from '../common/errors.ts'
import { withLock } from '../common/lock.ts'
import type { ProgressListener } from '../common/progress.ts'
import { specOf } from '../target/target.ts'
import { completeEntry, entryNames, type KeptGuest, openEntry, readEntry } from './frozen/cache-entry.ts'
import { cacheKey } from './frozen/cache-key.ts'
import type { StandingGuest } from './frozen/standing-guest.ts'
import { type BootOptions, boot } from './guest.ts'
import type { ColdGuest, FreezeOptions, FrozenGuest } from './guest-states.ts'

export type { ColdGuest, ForkedGuest, ForkOptions, FreezeOptions, FrozenGuest } from './guest-states.ts'

export interface FrozenGuestOptions extends BootOptions {
  /** `cache`: kept for later runs, and taken from an earlier one where that is sound. `run`: until it is disposed of. */
  readonly keep: 'cache' | 'run'
  /** Whether its forks have the probe in all running containers already. @default false */
  readonly enterContainers?: boolean | undefined
}

/** Bytes of the files in the cache, the holes in them counted: some forty guests of 512 MiB. */
const cacheLimit = 20 * 1024 ** 3

/** Freezes a guest, which ends it. */
export const freezeGuest = (guest: ColdGuest, options?: FreezeOptions): Promise<FrozenGuest> =>
  guest.freeze(options)

/**
 * A frozen guest as `options` boot it: from the cache where a sound one is there, else booted and frozen now. Of
 * several runs that want the same one, one boots it and the others wait.
 * @throws what `boot` and `ColdGuest.freeze` throw
 */
export const frozenGuest = async (
  options: FrozenGuestOptions,
  cache = cachePath('frozen'),
): Promise<FrozenGuest> => {
  if (options.keep === 'run') return await bootAndFreeze(options, undefined)
  const spec = specOf(options.target, options.architecture)
  const key = await cacheKey(spec, options)
  const folder = join(cache, key)
  const kept = await openEntry(folder, spec, options)
  if (kept !== undefined) return kept
  return await withLock(join(cache, `.${key}.lock`), async () => {
    options.signal?.throwIfAborted()
    return (await openEntry(folder, spec, options)) ?? (await makeEntry(folder, options))
  })
}

/**
 * A guest in the cache by its id, as records name it.
 * @throws DrydockError `NO_SUCH_GUEST` (usage)
 */
export const keptGuest = async (
  id: string,
  progress?: ProgressListener,
  cache = cachePath('frozen'),
): Promise<KeptGuest> => {
  let why = 'which is not in the cache'
  const note: ProgressListener = (event) => {
    why = event.detail
    progress?.(event)
  }
  const kept = /^[0-9a-f]{32}$/.test(id) ? await readEntry(join(cache, id), note) : undefined
  if (kept !== undefined) return kept
  throw new DrydockError(`expected the id of a guest in the cache, found ${JSON.stringify(id)}: ${why}`, {
    code: 'NO_SUCH_GUEST',
    blame: 'usage',
    hint: '`drydock check` boots an image, keeps the guest, and names it in record.json (guests.frozen).',
  })
}

const makeEntry = async (folder: string, options: FrozenGuestOptions): Promise<FrozenGuest> => {
  await rm(folder, { recursive: true, force: true })
  const into = join(folder, entryNames.machine)
  await mkdir(into, { recursive: true, mode: 0o700 })
  try {
    await using held = new AsyncDisposableStack()
    const frozen = held.use(await bootAndFreeze(options, into, basename(folder)))
    // Nobody wants to find out at each later run that its forks do not answer.
    await using _ = await frozen.fork({ ...options, outDirectory: undefined })
    await completeEntry(folder, frozen.state, options)
    await limitCache(dirname(folder), cacheLimit)
    held.move()
    return frozen
  } catch (error) {
    await rm(folder, { recursive: true, force: true })
    throw error
  }
}

const bootAndFreeze = async (
  options: FrozenGuestOptions,
  into: string | undefined,
  id?: string,
): Promise<StandingGuest> => {
  const guest = await boot(options)
  const { enterContainers, progress, signal } = options
  return await guest.freeze({ into, id, enterContainers, progress, signal })
}
