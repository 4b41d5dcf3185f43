import type { Attempted } from '../../guest/attempt.ts'
import type { Evidence, Judgement } from '../verdict.ts'

/** Something that was tried. */
export interface Attempt {
  /** In words: `remount / writable`. */
  readonly what: string
  readonly attempted: Attempted
  /** What a waiver names. @default what */
  readonly subject?: string
}

export interface RefusedOptions {
  /** The same kind of attempt, where it must succeed: it shows that the probe works. */
  readonly control: Attempted | readonly [Attempt, ...Attempt[]]
  /** Answers that count as a refusal beside `plainRefusals`, such as EAGAIN for a limit on processes. @default [] */
  readonly refusals?: readonly string[]
  /** Answers that mean that there is nothing to attack; with only these the verdict is `absent`. @default [] */
  readonly absentOn?: readonly string[]
}

/**
 * The kernel's ways to say no. Any other answer (EINVAL, EFAULT, ENOENT...) means that the attempt never got as far as
 * the question, and proves nothing.
 */
const plainRefusals = [
  ...['EPERM', 'EACCES', 'EROFS', 'ENOSYS', 'EKEYREJECTED'],
  // What the probe says where the kernel has no error number for it: see `Attempted`.
  ...['SIGSYS', 'EOF', 'ZEROED', 'NOT_DUMPABLE'],
]

const evidenceOf = ({ what, attempted, subject }: Attempt): Evidence => {
  switch (attempted.outcome) {
    case 'allowed':
      return {
        vantage: 'inside',
        source: what,
        found: `allowed: ${attempted.detail}`,
        expected: 'refused',
        subject: subject ?? what,
      }
    case 'refused':
      return {
        vantage: 'inside',
        source: what,
        found: `refused with ${attempted.errno} by ${attempted.call}`,
      }
    case 'impossible':
      return { vantage: 'inside', source: what, found: `could not be tried: ${attempted.reason}` }
  }
}

/** Every attempt must be refused, and the control allowed. An attempt that was allowed fails whatever the control did. */
export const refused = (attempts: readonly Attempt[], options: RefusedOptions): Judgement => {
  const controls: readonly Attempt[] =
    'outcome' in options.control ? [{ what: 'control', attempted: options.control }] : options.control
  const controlEvidence = controls.map((control): Evidence => {
    const { subject: _, expected: __, ...rest } = evidenceOf(control)
    return control.attempted.outcome === 'allowed' ? rest : { ...rest, expected: 'allowed, as the control' }
  })
  const evidence = [...attempts.map(evidenceOf), ...controlEvidence]

  const allowed = attempts.filter(({ attempted }) => attempted.outcome === 'allowed')
  if (allowed.length > 0) {
    const named = allowed.slice(0, 3).map(({ what }) => what)
    const more = allowed.length > 3 ? ` and ${allowed.length - 3} more` : ''
    return {
      verdict: 'fail',
      reason: `allowed: ${named.join(', ')}${more}, of ${attempts.length} tried`,
      evidence,
    }
  }
  const inconclusive = (reason: string): Judgement => ({ verdict: 'inconclusive', reason, evidence })
  if (attempts.length === 0) return inconclusive('nothing was tried')
  for (const { what, attempted } of attempts) {
    if (attempted.outcome === 'impossible')
      return inconclusive(`${what} could not be tried: ${attempted.reason}`)
  }
  const absentOn = options.absentOn ?? []
  const isAbsent = ({ attempted }: Attempt) =>
    attempted.outcome === 'refused' && absentOn.includes(attempted.errno)
  if (attempts.every(isAbsent)) {
    return { verdict: 'absent', reason: 'there is nothing here that could be attacked', evidence }
  }
  const refusals = [...plainRefusals, ...(options.refusals ?? []), ...absentOn]
  for (const { what, attempted } of attempts) {
    if (attempted.outcome === 'refused' && !refusals.includes(attempted.errno)) {
      return inconclusive(
        `${what} ended with ${attempted.errno} by ${attempted.call}, which is not a refusal`,
      )
    }
  }
  const broken = controls.find(({ attempted }) => attempted.outcome !== 'allowed')
  if (broken !== undefined || controls.length === 0) {
    const found = broken === undefined ? 'missing' : evidenceOf(broken).found
    return inconclusive(`the control, which must be allowed, was not: ${found}; so a refusal proves nothing`)
  }
  return {
    verdict: 'pass',
    reason: `${attempts.length === 1 ? 'the attempt was' : `all ${attempts.length} attempts were`} refused, and the control allowed`,
    evidence,
  }
}
