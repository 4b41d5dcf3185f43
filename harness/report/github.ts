import type { RunRecord } from '../record/record.ts'
import { failuresOf } from './failure-groups.ts'
import { safeLine } from './safe-text.ts'

/** GitHub shows ten annotations of a step. */
const mostAnnotations = 10

/** As @actions/core escapes what follows a command, and its properties. */
const escapeData = (text: string): string =>
  text.replace(/[%\r\n]/g, (character) => encodeURIComponent(character))
const escapeProperty = (text: string): string =>
  escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C')

const annotation = (title: string, message: string): string =>
  `::error title=${escapeProperty(safeLine(title, 200))}::${escapeData(safeLine(message))}`

/**
 * What was not passed as workflow commands, which GitHub shows beside a run
 * (https://docs.github.com/actions/reference/workflow-commands-for-github-actions). Text of a guest is data in them.
 */
export const githubAnnotations = (records: readonly RunRecord[]): string => {
  const all = [
    ...records.flatMap(({ target, architecture, problems, waiverProblems }) => [
      ...problems.map(({ code, message }) => annotation(`${target} ${architecture}: ${code}`, message)),
      ...waiverProblems.map(({ at, message }) =>
        annotation(`${target} ${architecture}: waiver ${at}`, message),
      ),
    ]),
    ...[...Map.groupBy(records, ({ target }) => target)].flatMap(([target, own]) =>
      failuresOf(own).map(({ check, ids, architectures }) => {
        const [id = check.id, ...others] = ids
        const name = others.length === 0 ? id : `${id} and ${others.length} more`
        return annotation(
          `${name} on ${architectures.join(', ')}`,
          `${target}: ${check.verdict}: ${check.reason}`,
        )
      }),
    ),
  ]
  return all
    .slice(0, mostAnnotations)
    .map((line) => `${line}\n`)
    .join('')
}
