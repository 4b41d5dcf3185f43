/** `absent`: true only because the thing does not exist. `disagree`: two vantages contradict each other. */
export const verdicts = [
  'pass',
  'fail',
  'absent',
  'not-applicable',
  'inconclusive',
  'disagree',
  'waived',
  'error',
] as const
export type Verdict = (typeof verdicts)[number]

export const vantages = ['at-rest', 'inside', 'outside'] as const
export type Vantage = (typeof vantages)[number]

/** One observation that a verdict rests on. */
export interface Evidence {
  readonly vantage: Vantage
  /** Where it was read or tried: a path, a system call, a register, a QMP command. */
  readonly source: string
  /** What was found; guest bytes are neutralised when it is shown, not here. */
  readonly found: string
  /** What would have been right, where that is not plain from the claim. */
  readonly expected?: string
  /** The thing that breaks the claim (a path, an option, a container): what a waiver names. Absent on evidence in favour. */
  readonly subject?: string
}

/** One property of one container, or one attack from it, for the table of containers. */
export interface ContainerRow {
  readonly container: string
  /** `net`, `effective capabilities`; for an attack what was tried. */
  readonly property: string
  /** What the host sees, what the container sees; undefined where that side does not show it. */
  readonly host?: string | undefined
  readonly inside?: string | undefined
  /** What would have been right; undefined where it is. */
  readonly expected?: string | undefined
  /** For an attack: what came of the same where it must succeed. */
  readonly control?: string | undefined
}

/** What a check's function returns: its verdict before waivers, and why. */
export interface Judgement {
  readonly verdict: Exclude<Verdict, 'waived'>
  /** One sentence. */
  readonly reason: string
  readonly evidence: readonly Evidence[]
  /** Of checks of containers: what there is to tabulate. */
  readonly rows?: readonly ContainerRow[]
}

/** Whether a run with this verdict still counts as green. */
export const isGreen = (verdict: Verdict): boolean => {
  switch (verdict) {
    case 'pass':
    case 'absent':
    case 'not-applicable':
    case 'waived':
      return true
    case 'fail':
    case 'inconclusive':
    case 'disagree':
    case 'error':
      return false
  }
}
