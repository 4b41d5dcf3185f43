import pc from 'picocolors'
import { neutraliseLine } from '../common/text.ts'
import { countWords } from '../report/words.ts'
import type { BundleResult, JudgedBundle } from '../rules/bundle/judge-bundle.ts'
import { properties } from '../rules/bundle/properties.ts'
import type { SyscallReach } from '../rules/bundle/seccomp-reach.ts'
import { type Verdict, verdicts } from '../rules/verdict.ts'
import { columns } from './plain-text.ts'

type Row = readonly [verdict: string, check: string, what: string, found: string, expected: string]

const heading: Row = ['verdict', 'check', 'what', 'found', 'expected']

/** Characters of one cell at most, so that a row fits a wide terminal; JSON has all. */
const cell = (text: string): string => neutraliseLine(text, 56)

/** A row for each thing that is wrong; one for all where none is. */
const rowsOf = ({ verdict, id, reason, evidence }: BundleResult): readonly Row[] => {
  const bad = evidence.filter(({ expected }) => expected !== undefined)
  if (bad.length === 0) {
    const [only] = evidence.length === 1 ? evidence : []
    return [[verdict, id, cell(only?.source ?? ''), cell(only?.found ?? reason), '']]
  }
  return bad.map(({ source, found, expected = '' }) => [
    verdict,
    id,
    cell(source),
    cell(verdict === 'waived' ? `${found} (${reason})` : found),
    cell(expected),
  ])
}

const paint = (line: string): string => {
  if (line.startsWith('fail')) return pc.red(line)
  if (line.startsWith('waived')) return pc.blue(line)
  return line.startsWith('inconclusive') ? pc.yellow(line) : line
}

const reachLine = ({
  architecture,
  all,
  reachable,
  conditional,
  dockerDefault,
  otherTables,
}: SyscallReach) => {
  const some = conditional > 0 ? ` (${conditional} with some arguments only)` : ''
  const tables = otherTables.length === 0 ? '' : `; ${otherTables.join(' and ')} as well`
  return `system calls on ${architecture}: ${reachable}${some}; Docker's default ${dockerDefault}; without a filter ${all}${tables}`
}

const order: readonly Verdict[] = ['fail', 'waived', 'inconclusive', 'pass', 'not-applicable']

const count = (results: readonly BundleResult[]): string =>
  verdicts
    .flatMap((verdict) => {
      const number = results.filter((result) => result.verdict === verdict).length
      return number === 0 ? [] : [`${number} ${countWords[verdict]}`]
    })
    .join(', ')

/** What is said of one bundle, for a person: what fails first. */
export const bundleText = (path: string, judged: JudgedBundle): string => {
  const { name, trusted, results, systemCalls, rlimits, hooks } = judged
  const title = pc.bold(`${neutraliseLine(path)}: container ${neutraliseLine(name)}`)
  const sorted = order.flatMap((verdict) => results.filter((result) => result.verdict === verdict))
  const table =
    trusted === undefined
      ? columns([heading, ...sorted.flatMap(rowsOf)]).map(paint)
      : [`not judged, trusted by the policy: ${neutraliseLine(trusted)}`]
  return [
    title,
    ...table,
    ...systemCalls.map(reachLine),
    ...(rlimits.length === 0 ? [] : [neutraliseLine(`rlimits, soft/hard: ${rlimits.join(', ')}`)]),
    ...(hooks.length === 0 ? [] : [neutraliseLine(`programs it has run on the host: ${hooks.join(', ')}`)]),
    ...(trusted === undefined ? [`${neutraliseLine(name)}: ${count(results)}`] : []),
  ].join('\n')
}

/** What no bundle can show. */
export const unseenText = (): string =>
  [
    'Only the running container shows:',
    ...properties.flatMap(({ name, unseen }) => (unseen === undefined ? [] : [`  ${name}: ${unseen}`])),
  ].join('\n')
