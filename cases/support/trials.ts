import type { AttemptArguments, Attempted, AttemptName, Place } from '../../harness/guest/probe.ts'
import type { AttackContext, GuestContext } from '../../harness/rules/context.ts'
import { type Attempt, judge, type RefusedOptions } from '../../harness/rules/judge.ts'
import type { Judgement } from '../../harness/rules/verdict.ts'

interface User {
  /** For reports: `as nobody`; empty where the trial itself says who is refused. */
  readonly who: string
  readonly uid?: number
}

/** A user without any privilege. */
export const nobody: User & { readonly uid: number } = { who: 'as nobody', uid: 65534 }
export const root: User = { who: 'as root' }

/** An attempt that one user is refused and that another, for control, is allowed. */
export interface Trial {
  /** In words. */
  readonly what: string
  readonly run: (place: Place, user: { readonly uid?: number }) => Promise<Attempted>
}

export const trial = <Name extends AttemptName>(
  what: string,
  name: Name,
  args?: AttemptArguments[Name],
): Trial => ({ what, run: (place, { uid }) => place.try(name, args, uid === undefined ? {} : { uid }) })

export type Trials = readonly [Trial, ...Trial[]]
type Attempts = readonly [Attempt, ...Attempt[]]

/** Tries one after the other, since one may take away what another needs. */
export const tryAll = async (
  [first, ...rest]: Trials,
  place: Place,
  user: User,
  where = '',
): Promise<Attempts> => {
  const attempt = async ({ what, run }: Trial): Promise<Attempt> => ({
    what: [what, user.who, where].filter((part) => part !== '').join(' '),
    attempted: await run(place, user),
    subject: what,
  })
  const made: [Attempt, ...Attempt[]] = [await attempt(first)]
  for (const next of rest) made.push(await attempt(next))
  return made
}

type Answers = Pick<RefusedOptions, 'refusals' | 'absentOn'>

/** An ordinary user is refused what root, as the control, may do in the same guest. */
export const refusedToNobody =
  (trials: Trials, answers: Answers = {}) =>
  async (context: GuestContext): Promise<Judgement> => {
    const { host } = await context.probe()
    const attempts = await tryAll(trials, host, nobody)
    return judge.refused(attempts, { control: await tryAll(trials, host, root), ...answers })
  }

/** Settings (sysctls) by name, each with the value that protects from nothing. */
export type Settings = Readonly<Record<string, string>>

/**
 * For control: the trials in a pristine guest whose protection is taken away, or, where the kernel does not let root
 * take it away, how far that came.
 */
export const tryUnprotected = async (
  context: AttackContext,
  trials: Trials,
  user: User,
  settings: Settings,
): Promise<Attempts> => {
  const { host } = await (await context.pristine()).probe()
  const done: string[] = []
  for (const [name, value] of Object.entries(settings)) {
    const attempted = await host.try('set-sysctl', { name, value })
    done.push(`${name}=${value}`)
    if (attempted.outcome !== 'allowed') return [{ what: `set ${name}=${value}`, attempted }]
  }
  return await tryAll(trials, host, user, `once ${done.join(', ')}`)
}

interface UntilUnprotected extends Answers {
  readonly settings: Settings
  /** Who is refused. The first of them is who the control is tried as. @default nobody */
  readonly users?: readonly [User, ...User[]]
}

/** What is refused is allowed, as the control, to the same user where the settings are taken back. */
export const refusedUntilUnprotected =
  (trials: Trials, { settings, users = [nobody], ...answers }: UntilUnprotected) =>
  async (context: AttackContext): Promise<Judgement> => {
    const { host } = await context.probe()
    const attempts: Attempt[] = []
    for (const user of users) attempts.push(...(await tryAll(trials, host, user)))
    const control = await tryUnprotected(context, trials, users[0], settings)
    return judge.refused(attempts, { control, ...answers })
  }

interface ForGood extends Answers {
  /** The file that says what stands in the way: no running kernel takes it back. */
  readonly seal: string
  /** What is allowed nevertheless, and as like to the trials as can be. */
  readonly control: Trials
}

/**
 * Root is refused, by a protection that lasts as long as the kernel runs: the control can only be that the calls before
 * it work, and that the twin, which lacks the protection, is found out.
 */
export const refusedForGood =
  (trials: Trials, { seal, control, ...answers }: ForGood) =>
  async (context: AttackContext): Promise<Judgement> => {
    const { host } = await context.probe()
    const attempts = await tryAll(trials, host, root)
    const judgement = judge.refused(attempts, { control: await tryAll(control, host, root), ...answers })
    const content = (await host.readMany([seal])).get(seal)
    const state = content instanceof Buffer ? content.toString('latin1').trim() : String(content)
    const found = `${state}; no running kernel takes this back, so only the twin shows the attempt allowed`
    return { ...judgement, evidence: [...judgement.evidence, { vantage: 'inside', source: seal, found }] }
  }

/** Shows that every capability is there, so that a refusal is the kernel's own. */
export const capable = trial('set the clock to the time it is', 'settime')
