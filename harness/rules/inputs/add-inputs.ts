import type { BuildInput } from './build-input.ts'
import type { Instruction } from './dockerfile-lines.ts'
import { expand } from './expand.ts'
import { type Place, type Reading, unresolvedProblem } from './reading.ts'
import { remoteProblem, sourceKind } from './remote-source.ts'
import type { Split, Word } from './words.ts'

/** What an ADD fetches from elsewhere. */
export const addInputs = (
  { flags, words }: Split,
  instruction: Instruction,
  place: (reference: string, at: number) => Place,
  reading: Reading,
): BuildInput[] => {
  const variables = reading.stages.at(-1)?.variables ?? reading.global
  const written = flags.find(({ name }) => name === 'checksum')?.value
  const checksum = written === undefined ? undefined : expand(written, variables, reading.escapeMark).text
  return sourcesOf(instruction, words).flatMap(({ text, at }): BuildInput[] => {
    const expanded = expand(text, variables, reading.escapeMark)
    if (expanded.text === '' && expanded.unresolved.length > 0) {
      const problem = {
        ...unresolvedProblem(text, expanded.unresolved),
        expected: 'a source that the file itself names',
      }
      return [{ ...place(text, at), kind: 'file', problem }]
    }
    const kind = sourceKind(expanded.text)
    if (kind === 'local') return []
    return [{ ...place(text, at), kind, problem: remoteProblem(expanded.text, kind, checksum) }]
  })
}

/** All but the last word, which is where they go; the JSON form is a list of them. */
const sourcesOf = ({ rest }: Instruction, words: readonly Word[]): readonly Word[] => {
  const bracket = words[0]?.text.startsWith('[') === true ? words[0].at : undefined
  if (bracket !== undefined) {
    try {
      const list: unknown = JSON.parse(rest.slice(bracket))
      if (Array.isArray(list)) return list.slice(0, -1).map((text) => ({ text: String(text), at: bracket }))
    } catch {
      // Not JSON after all: Docker takes it as words then.
    }
  }
  return words.slice(0, -1)
}
