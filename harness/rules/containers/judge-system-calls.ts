import { type OciSpec, readOciSpec } from '../../image/oci-spec.ts'
import { notAsked } from '../bundle/bundle.ts'
import { CannotJudge } from '../cannot-judge.ts'
import type { GuestContext } from '../context.ts'
import { judge } from '../judge.ts'
import { type JudgedContainer, judgedContainers } from '../judged-containers.ts'
import type { ContainerRow, Evidence, Judgement } from '../verdict.ts'
import { type ReachedCalls, reachedCalls } from './system-calls.ts'

const named = (names: readonly string[]): string =>
  `${names.slice(0, 20).join(', ')}${names.length > 20 ? ` and ${names.length - 20} more` : ''}`

/** What the numbers of one container come to. */
export const judgeReached = (id: string, calls: ReachedCalls): Judgement => {
  const { all, reached, beyond, looser, stricter } = calls
  const source = `system calls of container ${id}`
  const numbers = `${reached.length} of ${all} are reached; Docker's default lets ${calls.dockerDefault} through`
  const evidence: Evidence[] = [
    { vantage: 'inside', source, found: numbers },
    ...(stricter.length === 0
      ? []
      : [
          {
            vantage: 'inside',
            source,
            found: `refused though config.json allows them: ${named(stricter)}`,
          } as const,
        ]),
  ]
  const row: ContainerRow = {
    container: id,
    property: 'system calls',
    host: `${reached.length + stricter.length - looser.length} by config.json`,
    inside: `${reached.length} of ${all}`,
    expected: beyond.length === 0 ? undefined : `at most Docker's ${calls.dockerDefault}`,
  }
  if (looser.length > 0) {
    const found = `let through though config.json refuses them: ${named(looser)}`
    const reason = `${source}: the filter in force lets through what the one in config.json refuses: ${named(looser)}`
    const against: Evidence = {
      vantage: 'inside',
      source,
      found,
      expected: 'refused',
      subject: `${id}:filter`,
    }
    return { verdict: 'disagree', reason, evidence: [against, ...evidence], rows: [row] }
  }
  if (beyond.length > 0) {
    const bad = beyond.map(
      (name): Evidence => ({
        ...{ vantage: 'inside', source: `${name} in container ${id}`, found: 'gets through' },
        ...{ expected: "refused, as by Docker's default", subject: `${id}:${name}` },
      }),
    )
    const reason = `container ${id} reaches ${reached.length} of ${all} system calls, ${beyond.length} more than Docker's default lets through`
    return { verdict: 'fail', reason, evidence: [...bad, ...evidence], rows: [row] }
  }
  return { verdict: 'pass', reason: `${source}: ${numbers}`, evidence, rows: [row] }
}

const specOf = async ({ id, bundle }: JudgedContainer, context: GuestContext): Promise<OciSpec> => {
  const path = `${bundle}/config.json`
  const content = (await (await context.probe()).host.readMany([path])).get(path)
  if (content instanceof Buffer) return readOciSpec(content, path)
  throw new CannotJudge(`config.json of container ${id} cannot be read: ${path}: ${content ?? 'no answer'}`)
}

/** Counts the system calls that every container reaches, and compares the filter in force with the one in its bundle. */
export const judgeSystemCalls = async (context: GuestContext): Promise<Judgement> => {
  const probe = await context.probe()
  const { architecture } = context
  const judgements: Judgement[] = []
  for (const container of await judgedContainers(probe, context.policy)) {
    if (!container.expectation.seccomp) {
      judgements.push(judge.notApplicable(`container ${container.id}: ${notAsked.reason}`))
      continue
    }
    const { linux, process } = await specOf(container, context)
    const capabilities = process.capabilities?.bounding ?? []
    const calls = await reachedCalls(container.place, architecture, linux.seccomp, capabilities)
    judgements.push(judgeReached(container.id, calls))
  }
  const control = await reachedCalls(probe.host, architecture, undefined, [])
  const judgement = judge.all(judgements)
  const rows = judgements.flatMap((one) => one.rows ?? [])
  if (judgement.verdict === 'pass' && control.reached.length < control.all) {
    const reason = `only ${control.reached.length} of ${control.all} system calls are reached on the host, where nothing stands before them`
    return { ...judge.inconclusive(reason, judgement.evidence), rows }
  }
  const onHost: Evidence = {
    vantage: 'inside',
    source: 'system calls on the host, as the control',
    found: `${control.reached.length} of ${control.all} are reached`,
  }
  return { ...judgement, evidence: [...judgement.evidence, onHost], rows }
}
