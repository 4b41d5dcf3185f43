import type { Architecture } from '../common/architecture.ts'
import { type GuestSpec, specOf, type Target } from '../target/target.ts'

/** The same image, booted or entered in another way. */
export const changedTarget = (target: Target, change: (spec: GuestSpec) => Partial<GuestSpec>): Target => ({
  ...target,
  guests: Object.fromEntries(
    Object.values(target.guests).map((spec) => [spec.architecture, { ...spec, ...change(spec) }]),
  ),
})

/** Entered on its console alone, with no metadata disk: what every contender can do. */
export const onConsole = (target: Target): Target =>
  changedTarget(target, ({ login: { serial } }) => ({
    login: serial === undefined ? {} : { serial },
    metadata: 'none',
  }))

export const consoleSpec = (target: Target, architecture: Architecture): GuestSpec =>
  specOf(onConsole(target), architecture)
