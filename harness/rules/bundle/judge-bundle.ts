import { judge } from '../judge.ts'
import { containerExpectation, isTrusted, type Policy } from '../policy.ts'
import type { Evidence, Judgement, Verdict } from '../verdict.ts'
import { waiversFor } from '../waivers.ts'
import type { Bundle, BundleCheck } from './bundle.ts'
import { bundleChecks } from './bundle-checks.ts'
import { architecturesOf, type SyscallReach, syscallReach } from './seccomp-reach.ts'

/** What is said of one claim about a bundle. */
export interface BundleResult extends BundleClaim {
  readonly verdict: Verdict
  readonly reason: string
  readonly evidence: readonly Evidence[]
}

interface BundleClaim {
  readonly id: string
  readonly claim: string
  readonly promise: string
  readonly severity: string
}

export interface JudgedBundle {
  readonly name: string
  /** Why the policy does not judge it; then there are no results. */
  readonly trusted: string | undefined
  readonly results: readonly BundleResult[]
  /** For each architecture that the bundle is for. */
  readonly systemCalls: readonly SyscallReach[]
  /** `RLIMIT_NOFILE 1024/4096`, soft and hard. */
  readonly rlimits: readonly string[]
  /** Programs that the runtime runs on the host, as root, for this container. */
  readonly hooks: readonly string[]
}

const judgementOf = (check: BundleCheck, bundle: Bundle, policy: Policy): Judgement => {
  const expectation = containerExpectation(policy, bundle.name)
  if (isTrusted(expectation)) return judge.notApplicable(`trusted: ${expectation.trusted}`)
  const items = check.examine(bundle, expectation)
  if ('verdict' in items) {
    return items.verdict === 'inconclusive'
      ? judge.inconclusive(items.reason)
      : judge.notApplicable(items.reason)
  }
  const evidence = items.map(({ what, found, expected }): Evidence => {
    const plain = { vantage: 'at-rest', source: what, found } as const
    return expected === undefined ? plain : { ...plain, expected, subject: `${bundle.name}:${what}` }
  })
  return judge.findings({
    vantage: 'at-rest',
    source: bundle.name,
    bad: evidence.filter(({ subject }) => subject !== undefined),
    good: evidence.filter(({ subject }) => subject === undefined),
  })
}

const resultOf = (check: BundleCheck, bundle: Bundle, policy: Policy, today: string): BundleResult => {
  const judgement = judgementOf(check, bundle, policy)
  const { claim, promise, severity } = check.claim
  const base = { id: check.id, claim, promise, severity, evidence: judgement.evidence }
  // A bundle for several architectures must be waived on each.
  const waivers = architecturesOf(bundle.spec).map(
    (architecture) => waiversFor({ id: check.id, judgement }, architecture, policy.waivers, today)?.[0],
  )
  const [waiver] = waivers
  return waiver !== undefined && waivers.every((one) => one !== undefined)
    ? { ...base, verdict: 'waived', reason: waiver.reason }
    : { ...base, verdict: judgement.verdict, reason: judgement.reason }
}

/**
 * Judges a bundle by the expectations that running containers are judged by.
 * @param today `YYYY-MM-DD`, by which waivers expire
 */
export const judgeBundle = (bundle: Bundle, policy: Policy, today: string): JudgedBundle => {
  const expectation = containerExpectation(policy, bundle.name)
  const trusted = isTrusted(expectation) ? expectation.trusted : undefined
  const { process, hooks } = bundle.spec
  return {
    name: bundle.name,
    trusted,
    results: trusted === undefined ? bundleChecks.map((check) => resultOf(check, bundle, policy, today)) : [],
    systemCalls: architecturesOf(bundle.spec).map((architecture) => syscallReach(bundle.spec, architecture)),
    rlimits: process.rlimits.map(({ type, soft, hard }) => `${type} ${soft}/${hard}`),
    hooks: Object.entries(hooks ?? {}).flatMap(([when, programs]) =>
      ['prestart', 'createRuntime', 'poststop'].includes(when) ? programs.map(({ path }) => path) : [],
    ),
  }
}
