import { quote } from '../shell.ts'
import { escapeScript, typedPieces } from './typed.ts'

export type Command = string | readonly string[]

const plainWord = /^[\w@%+:,./-]+$/

/** A command escaped so that it can be typed. Words that mean themselves are not quoted, since a quote has to be escaped. */
export const scriptOf = (command: Command): string =>
  escapeScript(
    typeof command === 'string'
      ? command
      : `exec ${command.map((word) => (plainWord.test(word) ? word : quote(word))).join(' ')}`,
  )

/**
 * The line that starts a command that fits on one, with a check that all of it has arrived; undefined where it is too
 * long. Its function is the one that takes the fewest processes.
 * @param input The guest's file that is to be standard input
 */
export const startLine = (id: string, command: Command, input: string): string | undefined => {
  const [piece = '', ...more] = typedPieces(scriptOf(command))
  if (more.length > 0) return undefined
  const [variable, start] = startOf(piece, typeof command !== 'string')
  const length = `\${#${variable}}`
  return `${variable}='${piece}';[ ${length} = ${piece.length} ]&&${start} ${id} ${input}||W "${id};A;${length}"`
}

const startOf = (script: string, isProgram: boolean): readonly [variable: string, start: string] => {
  if (script.includes('\\')) return ['C', 'R']
  return isProgram ? ['z', 'x'] : ['c', 'r']
}
