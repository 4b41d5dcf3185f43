import type { Collected } from '../../facts/inventory/collected.ts'
import { judge } from '../judge.ts'
import type { Evidence, Judgement, Vantage } from '../verdict.ts'

export interface InventoryQuestion {
  /** Plural, such as `programs`. */
  readonly things: string
  readonly vantage: Vantage
  readonly collected: Collected
  /** What no list may have: why, or undefined. */
  readonly standard?: ((name: string, detail: string) => string | undefined) | undefined
  /** Names with what is told of them, an empty text for whatever; undefined where nobody has listed any. */
  readonly expected: ReadonlyMap<string, string> | undefined
  /** Where that is written. */
  readonly list: string
  /** Whether without a list the standard says all there is to say. */
  readonly standardSuffices: boolean
}

const told = (name: string, detail: string): string => (detail === '' ? name : `${name}: ${detail}`)

/** Compares what there is with what is listed, both ways: what is not listed fails, and what is no longer there. */
export const judgeInventory = (question: InventoryQuestion): Judgement => {
  const { collected, expected, list, vantage, things } = question
  const bad: Evidence[] = []
  const good: Evidence[] = []
  for (const [name, detail] of collected.entries) {
    const evidence = { vantage, source: collected.source, found: told(name, detail) }
    const problem = problemWith(name, detail, question)
    if (problem === undefined) good.push(evidence)
    else bad.push({ ...evidence, expected: problem, subject: name })
  }
  for (const [name, detail] of expected ?? []) {
    if (collected.entries.has(name)) continue
    bad.push({
      vantage,
      source: collected.source,
      found: `no ${name}`,
      expected: `${told(name, detail)}, which ${list} lists`,
      subject: name,
    })
  }
  if (bad.length + good.length === 0 && collected.looked > 0) {
    good.push({ vantage, source: collected.source, found: `no ${things} at all` })
  }
  const judged = judge.findings({ vantage, source: collected.source, bad, good, what: things })
  return judge.all([
    ...(expected === undefined && !question.standardSuffices ? [notListed(question, judged)] : [judged]),
    ...collected.unread.map(({ subject, reason }) =>
      judge.inconclusive(`${subject} could not be looked at: ${reason}`),
    ),
  ])
}

const problemWith = (
  name: string,
  detail: string,
  { standard, expected, list }: InventoryQuestion,
): string | undefined => {
  const problem = standard?.(name, detail)
  if (problem !== undefined) return problem
  if (expected === undefined) return undefined
  const listed = expected.get(name)
  if (listed === undefined) return `nothing that ${list} does not list`
  return listed === '' || listed === detail ? undefined : `${listed}, as ${list} lists it`
}

/** Without a list, only what breaks the standard is decided. */
const notListed = ({ things, list }: InventoryQuestion, judged: Judgement): Judgement =>
  judged.verdict === 'fail'
    ? judged
    : judge.inconclusive(
        `${list}, so nobody has said which ${things} are expected: run \`drydock baseline TARGET\`, review what it writes, and name the file under inventory in the policy`,
        judged.evidence,
      )
