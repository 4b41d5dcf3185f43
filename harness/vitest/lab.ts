import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { DrydockError } from '../common/errors.ts'
import type { Guest } from '../guest/guest.ts'
import type { Image } from '../image/image.ts'
import type { Check } from '../rules/catalogue.ts'
import type { CheckContext } from '../rules/context.ts'
import { type GuestSpec, specOf } from '../target/target.ts'
import { BootSamples } from './boot-samples.ts'
import { type GuestSource, openGuestSource } from './guest-source.ts'
import type { LabOptions, LabParts } from './lab-options.ts'
import { once } from './once.ts'

/** Everything that checks of one image on one architecture share: the artefact, the frozen guest, the guest to read in. */
export interface Lab extends AsyncDisposable {
  readonly spec: GuestSpec
  /** Where guests come from: what was booted, and why not. */
  readonly guests: GuestSource
  /** The artefact at rest. */
  image(): Promise<Image>
  /** Gets the shared guest and its probe ready; whatever goes wrong is told by the check that needs it. Never rejects. */
  prepare(): Promise<void>
  /** Makes the boot that the checks announced so far compare with. Never rejects, as above. */
  prepareBoots(): Promise<void>
  /** Says that a check will come. */
  announce(check: Pick<Check, 'draws'>): void
  /** A context for one check; what it starts for itself is disposed of with it. */
  contextFor(check: Pick<Check, 'id' | 'guest'>): CheckContext & AsyncDisposable
  /** Ends boots and waits that are under way: each fails at once. */
  interrupt(): void
}

export const openLab = (options: LabOptions, parts: LabParts): Lab => {
  const { target, architecture, policy, outDirectory, progress } = options
  const spec = specOf(target, architecture)
  const interruption = new AbortController()
  const { signal } = interruption
  let ownGuests = 0

  const guests = openGuestSource({ ...options, signal }, parts)
  const image = once(() => parts.openImage(spec))

  /** A folder for the consoles of a guest that `check` starts. */
  const folderFor = async (kind: string, check: string): Promise<string> => {
    ownGuests += 1
    const folder = join(outDirectory, kind, `${ownGuests}-${check}`)
    await mkdir(folder, { recursive: true })
    return folder
  }

  const boots = new BootSamples({
    known: (from) => {
      if (from === 'login') void guests.shared().catch(() => {})
      return guests.sharedBoot
    },
    boot: async (until) => await guests.boot(await folderFor('cold-boots', 'samples'), until),
  })

  const contextFor: Lab['contextFor'] = ({ id, guest: use }) => {
    const own = new AsyncDisposableStack()
    const pristine = async () => own.use(await guests.pristine(await folderFor('forks', id)))
    const guest = use === 'pristine' ? once<Guest>(pristine) : guests.shared
    return {
      architecture,
      spec,
      policy,
      image,
      guest,
      probe: async () => await (await guest()).probe(),
      pristine,
      boots: (fact) => boots.of(fact),
      coldBoot: async (until) => own.use(await guests.boot(await folderFor('cold-boots', id), until)),
      [Symbol.asyncDispose]: () => own.disposeAsync(),
    }
  }

  return {
    spec,
    guests,
    image,
    prepare: async () => {
      try {
        const shared = await guests.shared()
        progress?.({ architecture, step: 'check', detail: 'the probe to be in the guest' })
        await shared.probe()
      } catch {
        // The check that needs it fails in the same way, and says so.
      }
    },
    prepareBoots: () => boots.prepare(),
    announce: ({ draws = [] }) => boots.announce(draws),
    contextFor,
    interrupt: () => interruption.abort(interrupted()),
    [Symbol.asyncDispose]: async () => {
      interruption.abort(interrupted())
      await guests[Symbol.asyncDispose]()
    },
  }
}

export const interrupted = (): DrydockError =>
  new DrydockError('the run was interrupted', { code: 'INTERRUPTED', blame: 'testbed', phase: 'check' })
