import { join } from 'node:path'
import { DrydockError } from '../common/errors.ts'
import type { BootOptions, ColdGuest, FrozenGuest, Guest } from '../guest/guest.ts'
import { Trace } from '../record/trace.ts'
import { specOf } from '../target/target.ts'
import type { KnownBoot } from './boot-samples.ts'
import type { LabOptions, LabParts } from './lab-options.ts'
import { once } from './once.ts'

/** How the guests that checks are judged on came to be. */
export interface GuestOrigin {
  /** When the boot was over that all of them go back to. */
  readonly bootedAt: Date
  /** Whether that was in an earlier run. */
  readonly fromCache: boolean
  /** Why each attack had to boot a guest of its own; undefined where they were forked. */
  readonly notFrozen: string | undefined
  /** What the cache calls the frozen guest; undefined where it is not kept. */
  readonly frozen: string | undefined
  /** Milliseconds by phase of that boot. */
  readonly timings: Readonly<Record<string, number>>
  readonly machine: Guest['machine']
}

/** Where the guests of one image come from: one boot, frozen and forked. */
export interface GuestSource extends AsyncDisposable {
  /** Undefined until the first guest runs. */
  readonly origin: GuestOrigin | undefined
  /** Milliseconds by phase of each boot up to the login, the one that guests were forked from first. */
  readonly boots: readonly Readonly<Record<string, number>>[]
  /** Why no guest could be had, where one was tried for. */
  readonly failure: unknown
  /** The guest that all who only read share. One that has died is replaced. */
  shared(): Promise<Guest>
  /** The guest that is shared, and the boot that it goes back to; undefined where nobody has asked for it yet. */
  readonly sharedBoot: Promise<KnownBoot> | undefined
  /**
   * A guest that nobody has touched, which the caller disposes of.
   * @param folder where its consoles go
   * @throws DrydockError `NO_SHELL` where the target has no login
   */
  pristine(folder: string): Promise<Guest>
  /** A guest from power-on, which the caller disposes of. @param folder where its consoles go */
  boot(folder: string, until: 'kernel' | 'login'): Promise<ColdGuest>
}

type SourceOptions = Omit<LabOptions, 'policy'> & { readonly signal: AbortSignal }

export const openGuestSource = (options: SourceOptions, parts: LabParts): GuestSource => {
  const {
    target,
    architecture,
    accelerator,
    outDirectory,
    keep,
    enterContainers,
    signal,
    progress,
    trace = new Trace(),
  } = options
  const { login } = specOf(target, architecture)
  const canBeEntered = login.ssh !== undefined || login.serial !== undefined
  const disposables = new AsyncDisposableStack()
  const underWay = new Set<Promise<unknown>>()
  let origin: GuestOrigin | undefined
  let notFrozen: string | undefined
  let failure: unknown
  let shared: { readonly coming: Promise<Guest>; guest: Guest | undefined } | undefined
  let sharedSoFar = 0
  const otherBoots: Readonly<Record<string, number>>[] = []

  const tracked = <Value>(work: Promise<Value>): Promise<Value> => {
    underWay.add(work)
    return work.finally(() => underWay.delete(work))
  }

  const bootOptions = (folder: string): BootOptions => ({
    ...{ target, architecture, accelerator, outDirectory: folder, signal, progress },
  })

  const boot: GuestSource['boot'] = (folder, until) =>
    tracked(
      parts.boot({ ...bootOptions(folder), until }).then((guest) => {
        if (until === 'login') otherBoots.push(guest.timings)
        return guest
      }),
    )

  /** Undefined where the guest cannot be frozen, or nobody could attack it. */
  const frozen = once(async (): Promise<FrozenGuest | undefined> => {
    if (!canBeEntered) return undefined
    const from = performance.now()
    try {
      const made = await trace.span('freeze', () =>
        parts.frozenGuest({ ...bootOptions(outDirectory), keep, enterContainers }),
      )
      if (!made.fromCache) tracePhases(trace, from, made.timings)
      return disposables.use(made)
    } catch (error) {
      if (!(error instanceof DrydockError) || error.code !== 'FREEZE_REFUSED') {
        failure = error
        throw error
      }
      notFrozen = error.shortMessage
      return undefined
    }
  })

  const start = async (folder: string): Promise<Guest> => {
    const source = await frozen()
    const guest =
      source === undefined
        ? await trace.span('boot', () => parts.boot({ ...bootOptions(folder), until: 'login' }))
        : await trace.span('fork', () => source.fork({ outDirectory: folder, signal, progress }))
    origin ??= {
      bootedAt: source?.bootedAt ?? new Date(),
      fromCache: source?.fromCache ?? false,
      notFrozen,
      frozen: source?.id,
      timings: guest.timings,
      machine: guest.machine,
    }
    return guest
  }

  const startShared = async (): Promise<Guest> => {
    sharedSoFar += 1
    // The first one is what the report's console shows where nothing was frozen.
    const isBoot = (await frozen()) === undefined && sharedSoFar === 1
    try {
      return disposables.use(
        await start(isBoot ? outDirectory : join(outDirectory, 'shared', `${sharedSoFar}`)),
      )
    } catch (error) {
      failure = error
      throw error
    }
  }

  return {
    get origin() {
      return origin
    },
    get boots() {
      return [...(origin === undefined ? [] : [origin.timings]), ...otherBoots]
    },
    get failure() {
      return failure
    },
    boot,
    get sharedBoot() {
      return shared?.coming.then((guest) => ({ guest, name: nameOf(origin) }))
    },
    shared: () => {
      if (shared === undefined || shared.guest?.death !== undefined) {
        const next: typeof shared = { guest: undefined, coming: tracked(startShared()) }
        next.coming.then(
          (guest) => {
            next.guest = guest
          },
          () => {},
        )
        shared = next
      }
      return shared.coming
    },
    pristine: async (folder) => {
      if (!canBeEntered) throw noLogin()
      return await tracked(start(folder))
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.allSettled(underWay)
      await disposables.disposeAsync()
    },
  }
}

const nameOf = (origin: GuestOrigin | undefined): string =>
  origin === undefined || origin.notFrozen !== undefined
    ? 'the boot of the guest that is shared'
    : `the boot of ${origin.bootedAt.toISOString()}, which all guests of the run go back to`

/** The phases of a boot follow one another without a gap. */
const tracePhases = (trace: Trace, from: number, timings: FrozenGuest['timings']): void => {
  let start = from
  for (const [phase, milliseconds] of Object.entries(timings)) {
    trace.add(phase, start, start + milliseconds)
    start += milliseconds
  }
}

const noLogin = (): DrydockError =>
  new DrydockError('the target has no login, so nothing can be tried in the guest', {
    code: 'NO_SHELL',
    blame: 'guest',
    phase: 'check',
    hint: 'Where the image has one, say so in the target file (login) or with --login.',
  })
