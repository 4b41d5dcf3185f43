import type { Vantage } from './verdict.ts'

export const severities = ['critical', 'high', 'medium', 'low'] as const
export type Severity = (typeof severities)[number]

export type CheckId = string & { readonly __brand: 'CheckId' }

/** What a check is, apart from how it is decided. */
export interface CheckMeta {
  /** One line, a claim that is true of a good image. */
  readonly claim: string
  /** `P1` to `P20`. */
  readonly promise: `P${number}`
  readonly severity: Severity
  readonly vantages: readonly Vantage[]
  /** The twins on which this check must fail. */
  readonly twins: readonly [string, ...string[]]
  /** How a good image comes to pass it; shown by `drydock explain`. */
  readonly remedy: string
}

export interface Check<Context> extends CheckMeta {
  readonly id: CheckId
  readonly run: (context: Context) => Promise<import('./verdict.ts').Judgement>
}
