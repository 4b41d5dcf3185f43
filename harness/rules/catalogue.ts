import { didYouMean } from '../common/closest.ts'
import { DrydockError } from '../common/errors.ts'
import type { BootFact } from '../guest/boot-sample.ts'
import { type CheckContext, type GuestUse, guestUses } from './context.ts'
import { isPromiseId, type PromiseId } from './promises.ts'
import type { Judgement, Vantage } from './verdict.ts'

export const severities = ['critical', 'high', 'medium', 'low'] as const
export type Severity = (typeof severities)[number]

/** `family.claim`, such as `root.remount`. Stable for ever: records, waivers and ledgers name checks by it. */
export type CheckId = string & { readonly __brand: 'CheckId' }

const idForm = /^[a-z]+(\.[a-z0-9-]+)+$/

/** What a check is, apart from how it is decided. */
export interface CheckMeta {
  /** One line, a claim that is true of a good image. */
  readonly claim: string
  readonly promise: PromiseId
  readonly severity: Severity
  readonly vantages: readonly Vantage[]
  readonly guest: GuestUse
  /** What it compares between boots, so that one boot is made for all that do. */
  readonly draws?: readonly BootFact<unknown>[]
  /** The twins on which this check must fail. */
  readonly twins: readonly [string, ...string[]]
  /** How a good image comes to pass it; shown by `drydock explain`. */
  readonly remedy: string
}

export interface Check<Context = CheckContext> extends CheckMeta {
  readonly id: CheckId
  readonly run: (context: Context) => Promise<Judgement>
}

const wrongCheck = (message: string): DrydockError =>
  new DrydockError(message, {
    code: 'BAD_CHECK',
    blame: 'usage',
    hint: 'Correct the case file that defines it.',
  })

const demandMeta = (id: string, meta: CheckMeta): void => {
  const demand = (holds: boolean, expected: string, found: unknown): void => {
    if (!holds) throw wrongCheck(`check ${id}: expected ${expected}, found ${JSON.stringify(found)}`)
  }
  demand(meta.claim.trim() !== '' && !meta.claim.includes('\n'), 'a claim of one line', meta.claim)
  demand(isPromiseId(meta.promise), 'a promise, P1 to P20', meta.promise)
  demand(severities.includes(meta.severity), `a severity, one of ${severities.join(', ')}`, meta.severity)
  demand(meta.vantages.length > 0, 'at least one vantage', meta.vantages)
  demand(guestUses.includes(meta.guest), `the guest it needs, one of ${guestUses.join(', ')}`, meta.guest)
  demand(meta.twins.length > 0, 'at least one twin on which it fails', meta.twins)
  demand(meta.remedy.trim() !== '', 'a remedy', meta.remedy)
}

/** The checks that are known, in the order in which they were defined. */
export class Catalogue<Context = CheckContext> {
  readonly #checks = new Map<string, Check<Context>>()

  /** Throws a `BAD_CHECK` error where the id is malformed or taken, or something is missing. */
  define(id: string, meta: CheckMeta, run: Check<Context>['run']): Check<Context> {
    if (!idForm.test(id)) {
      throw wrongCheck(
        `check id: expected family.claim in lower case, such as root.remount, found ${JSON.stringify(id)}`,
      )
    }
    if (this.#checks.has(id))
      throw wrongCheck(`check id: expected a new one, found ${id}, which is defined already`)
    demandMeta(id, meta)
    const check: Check<Context> = { ...meta, id: id as CheckId, run }
    this.#checks.set(id, check)
    return check
  }

  /** Throws a `NO_SUCH_CHECK` error, with the nearest id there is. */
  lookup(id: string): Check<Context> {
    const check = this.#checks.get(id)
    if (check === undefined) {
      throw new DrydockError(
        `expected the id of a check, found ${JSON.stringify(id)}${didYouMean(id, this.ids())}`,
        {
          code: 'NO_SUCH_CHECK',
          blame: 'usage',
          hint: '`drydock list` shows every id.',
        },
      )
    }
    return check
  }

  list(): readonly Check<Context>[] {
    return [...this.#checks.values()]
  }

  ids(): readonly string[] {
    return [...this.#checks.keys()]
  }
}

/** The catalogue that cases register in. */
export const catalogue = new Catalogue()
