import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Architecture } from '../common/architecture.ts'
import { DrydockError } from '../common/errors.ts'
import type { ProgressListener } from '../common/progress.ts'
import type { BootOptions, ColdGuest, Guest } from '../guest/guest.ts'
import type { Probe } from '../guest/probe.ts'
import type { Image } from '../image/image.ts'
import type { AcceleratorPolicy } from '../machine/accelerator.ts'
import type { CheckContext } from '../rules/context.ts'
import type { Policy } from '../rules/policy.ts'
import { type GuestSpec, specOf, type Target } from '../target/target.ts'

/** What a lab is made of; tests give others. */
export interface LabParts {
  readonly boot: (options: BootOptions) => Promise<ColdGuest>
  readonly openImage: (spec: GuestSpec) => Promise<Image>
}

export interface LabOptions {
  readonly target: Target
  readonly architecture: Architecture
  readonly accelerator: AcceleratorPolicy
  readonly policy: Policy
  /** Existing folder for the console of the shared guest; each cold boot gets a folder inside it. */
  readonly outDirectory: string
  readonly progress?: ProgressListener | undefined
}

/** Everything that checks of one image on one architecture share: the artefact, the guest, the probe in it. */
export interface Lab extends AsyncDisposable {
  readonly spec: GuestSpec
  /** The shared guest, where one has booted. */
  readonly booted: Guest | undefined
  /** Why the shared guest did not boot, where it was tried. */
  readonly bootFailure: unknown
  /** The artefact at rest. */
  image(): Promise<Image>
  /**
   * Boots the shared guest where it is not running yet, and starts the probe in it; whatever goes wrong is told by the
   * check that needs it.
   */
  warmUp(): Promise<void>
  /** A context for one check; what it boots for itself is disposed of with it. */
  contextFor(check: string): CheckContext & AsyncDisposable
  /** Ends boots and waits that are under way: each fails at once. */
  interrupt(): void
}

/** Calls `make` at the first call only; a failure, too, is shared: a guest that died booting is not booted again. */
const once = <Value>(make: () => Promise<Value>): (() => Promise<Value>) => {
  let made: Promise<Value> | undefined
  return () => {
    made ??= make()
    return made
  }
}

export const openLab = (options: LabOptions, parts: LabParts): Lab => {
  const { target, architecture, accelerator, policy, outDirectory } = options
  const spec = specOf(target, architecture)
  const interruption = new AbortController()
  const disposables = new AsyncDisposableStack()
  let booting: Promise<Guest> | undefined
  let booted: Guest | undefined
  let bootFailure: unknown
  let coldBoots = 0

  const bootInto = (folder: string, until: 'kernel' | 'login'): Promise<ColdGuest> =>
    parts.boot({
      target,
      architecture,
      accelerator,
      until,
      outDirectory: folder,
      signal: interruption.signal,
      progress: options.progress,
    })

  const image = once(() => parts.openImage(spec))
  const guest = once(() => {
    booting = bootInto(outDirectory, 'login').then(
      (running) => {
        booted = disposables.use(running)
        return running
      },
      (error: unknown) => {
        bootFailure = error
        throw error
      },
    )
    return booting
  })
  const probe = once(async (): Promise<Probe> => (await guest()).probe())

  const contextFor = (check: string): CheckContext & AsyncDisposable => {
    const own = new AsyncDisposableStack()
    return {
      architecture,
      spec,
      policy,
      image,
      guest,
      probe,
      coldBoot: async (until) => {
        coldBoots += 1
        const folder = join(outDirectory, 'cold-boots', `${coldBoots}-${check}`)
        await mkdir(folder, { recursive: true })
        return own.use(await bootInto(folder, until))
      },
      [Symbol.asyncDispose]: () => own.disposeAsync(),
    }
  }

  return {
    spec,
    get booted() {
      return booted
    },
    get bootFailure() {
      return bootFailure
    },
    image,
    warmUp: async () => {
      await guest().catch(() => {})
      if (booted === undefined) return
      options.progress?.({ architecture, step: 'check', detail: 'the probe to be in the guest' })
      await probe().catch(() => {})
    },
    contextFor,
    interrupt: () => interruption.abort(interrupted()),
    [Symbol.asyncDispose]: async () => {
      interruption.abort(interrupted())
      await booting?.catch(() => {})
      await disposables.disposeAsync()
    },
  }
}

const interrupted = (): DrydockError =>
  new DrydockError('the run was interrupted', { code: 'INTERRUPTED', blame: 'testbed', phase: 'check' })
