import type { Attempted } from '../../guest/probe.ts'
import { type Attempt, judge } from '../judge.ts'
import type { ContainerRow, Evidence, Judgement } from '../verdict.ts'
import type { AttackResult, BatteryResult } from './battery.ts'
import { changesOf } from './host-state.ts'

const told = (attempted: Attempted): string => {
  switch (attempted.outcome) {
    case 'allowed':
      return `allowed: ${attempted.detail}`
    case 'refused':
      return `${attempted.errno} by ${attempted.call}`
    case 'impossible':
      return `could not be tried: ${attempted.reason}`
  }
}

/** Whether the kernel refuses something to everybody, so that no control can succeed. */
const closedToAll = ({ control, onHost }: AttackResult): boolean =>
  control.outcome !== 'allowed' && onHost?.outcome === 'refused'

const judgeAttack = (result: AttackResult): Judgement => {
  const { attack, tried, control, onHost } = result
  const attempts = [...tried].map(
    ([id, attempted]): Attempt => ({
      what: `${attack.what} in container ${id}`,
      attempted,
      subject: `${id}:${attack.what}`,
    }),
  )
  const options = { refusals: attack.refusals ?? [] }
  if (!closedToAll(result)) {
    const what = `${attack.what} in a container made to allow it`
    return judge.refused(attempts, { ...options, control: [{ what, attempted: control }] })
  }
  // Judged without a control, the attempts can fail, but not pass.
  const judgement = judge.refused(attempts, {
    ...options,
    control: { outcome: 'allowed', detail: 'none is possible' },
  })
  if (judgement.verdict !== 'pass') return judgement
  const found = `${onHost === undefined ? '' : told(onHost)}: nobody is allowed this, so nothing shows the attempt at work`
  const closed: Evidence = { vantage: 'inside', source: `${attack.what} as root on the host`, found }
  const evidence = [...judgement.evidence.filter(({ source }) => source !== 'control'), closed]
  return judge.absent('the kernel refuses it to everybody', evidence)
}

/** Without numbers that are others at every boot. */
const outcomeOf = (attempted: Attempted): string =>
  attempted.outcome === 'refused' ? attempted.errno : attempted.outcome

export const attackRows = (results: readonly AttackResult[]): readonly ContainerRow[] =>
  results.flatMap(({ attack, tried, control, onHost }) =>
    [...tried].map(([container, attempted]) => ({
      container,
      property: attack.what,
      inside: outcomeOf(attempted),
      expected: attempted.outcome === 'allowed' ? 'refused' : undefined,
      control:
        onHost === undefined ? outcomeOf(control) : `${outcomeOf(control)}; on the host ${outcomeOf(onHost)}`,
    })),
  )

/** Every attack of a class must be refused, and each must be allowed to the container that is made to allow it. */
export const judgeAttacks = (results: readonly AttackResult[]): Judgement => {
  const judgements = results.map(judgeAttack)
  const judgement = judge.all(judgements)
  const rows = attackRows(results)
  if (judgement.verdict !== 'pass') return { ...judgement, rows }
  const closed = judgements.filter(({ verdict }) => verdict === 'absent').length
  const proven = results.length - closed
  const rest = closed === 0 ? '' : `; ${closed} more the kernel refuses to everybody`
  return {
    ...judgement,
    reason: `all ${proven} attacks were refused, and allowed to a container made to allow them${rest}`,
    rows,
  }
}

/** What the attacks have left of the host. */
export const judgeHarm = ({ before, after, harmed }: BatteryResult): Judgement => {
  const changed = [...changesOf(before, after)]
  const seen = [...changesOf(after, harmed)].filter(([name]) => harmed.has(name))
  const judgement = judge.findings({
    ...{ vantage: 'inside', source: 'the host before and after the attacks', what: 'parts of the host' },
    bad: changed.map(([source, found]) => ({ vantage: 'inside', source, found, expected: 'as before' })),
    good: [...before.keys()]
      .filter((name) => before.get(name) === after.get(name))
      .map((source) => ({ vantage: 'inside', source, found: 'as before' })),
  })
  if (judgement.verdict !== 'pass') return judgement
  const [control] = seen
  return control === undefined
    ? judge.inconclusive('the controls did harm, and none of it was seen', judgement.evidence)
    : {
        ...judgement,
        evidence: [
          ...judgement.evidence,
          { vantage: 'inside', source: `${control[0]}, after the controls`, found: control[1] },
        ],
      }
}
