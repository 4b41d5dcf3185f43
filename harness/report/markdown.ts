import { exitCodeOfRecords } from '../record/exit-code.ts'
import type { RunRecord } from '../record/record.ts'
import { verdicts } from '../rules/verdict.ts'
import { failuresOf, repeatCommand } from './failure-groups.ts'
import { safeLine } from './safe-text.ts'
import { countWords, duration } from './words.ts'

/** Failures told in full; GitHub takes no more than 1 MiB for a summary. */
const failuresShown = 50

/** Pieces of evidence per failure. */
const evidenceShown = 5

/** Text as text: what Markdown or HTML may take for markup, mentions and links becomes references to characters. */
export const markdownText = (text: string, limit?: number): string =>
  safeLine(text, limit).replace(/[^\p{L}\p{N} .,;/=+-]/gu, (character) => `&#${character.codePointAt(0)};`)

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`

const countsTable = (records: readonly RunRecord[]): readonly string[] => {
  const columns = verdicts.filter((verdict) => records.some(({ summary }) => summary[verdict] > 0))
  return [
    row(['', ...columns.map((verdict) => countWords[verdict]), 'kernel', 'took']),
    row(['---', ...columns.map(() => '---:'), '---', '---:']),
    ...records.map((record) =>
      row([
        `**${record.architecture}**`,
        ...columns.map((verdict) => String(record.summary[verdict])),
        markdownText(record.kernel ?? 'unknown', 80),
        duration(record.durationMs),
      ]),
    ),
  ]
}

const failureText = (records: readonly RunRecord[]): readonly string[] => {
  const failures = failuresOf(records)
  if (failures.length === 0) return []
  const more = failures.length - failuresShown
  return [
    '### Not passed',
    '',
    ...failures.slice(0, failuresShown).flatMap(({ check, ids, architectures }) => [
      `- **${check.verdict}** ${ids
        .slice(0, 20)
        .map((id) => `\`${id}\``)
        .join(', ')} on ${architectures.join(', ')}: ${markdownText(check.reason)}`,
      ...(ids.length > 1 ? [] : check.evidence.filter(({ subject }) => subject !== undefined))
        .slice(0, evidenceShown)
        .map(
          ({ vantage, source, found }) =>
            `  - ${vantage}: ${markdownText(source, 200)}: ${markdownText(found)}`,
        ),
      ...(ids.length > 1 || check.remedy === '' ? [] : [`  - to mend it: ${markdownText(check.remedy)}`]),
    ]),
    ...(more > 0 ? [`- and ${more} more`] : []),
    '',
    'Repeat with:',
    '',
    `<pre>${markdownText(repeatCommand(records, failures), 10_000)}</pre>`,
    '',
  ]
}

const besideText = (records: readonly RunRecord[]): readonly string[] =>
  records.flatMap(({ architecture, problems, waiverProblems }) => [
    ...problems.map(
      ({ code, message }) => `- **${markdownText(code)}** on ${architecture}: ${markdownText(message)}`,
    ),
    ...waiverProblems.map(
      ({ at, message }) => `- waiver ${markdownText(at)} on ${architecture}: ${markdownText(message)}`,
    ),
  ])

const waivedText = (records: readonly RunRecord[]): readonly string[] => {
  const waived = records.flatMap(({ architecture, checks }) =>
    checks.flatMap((check) => check.waivers.map((waiver) => ({ architecture, check, ...waiver }))),
  )
  if (waived.length === 0) return []
  return [
    '<details><summary>Waived</summary>',
    '',
    row(['check', 'on', 'reason', 'until']),
    row(['---', '---', '---', '---']),
    ...waived.map(({ check, architecture, reason, expires }) =>
      row([`\`${check.id}\``, architecture, markdownText(reason), expires]),
    ),
    '',
    '</details>',
    '',
  ]
}

/** Runs as GitHub's Markdown: how many of each verdict, what was not passed and why, what is waived until when. */
export const markdownReport = (records: readonly RunRecord[]): string =>
  [...Map.groupBy(records, ({ target }) => target)]
    .flatMap(([target, own]) => [
      `## ${exitCodeOfRecords(own) === 0 ? '✅' : '❌'} ${markdownText(target, 80)}`,
      '',
      ...countsTable(own),
      '',
      ...besideText(own),
      ...failureText(own),
      ...waivedText(own),
    ])
    .join('\n')
