import { join } from 'node:path'
import { execa } from 'execa'
import { checkout } from '../../vitest/checkout.ts'
import type { Figures } from '../experiment.ts'
import { runInTree } from '../peers/in-tree.ts'

const deadlineMs = 10 * 60_000

/**
 * Bash's own clock around the command, so that entering a tree is not counted against whom is in it. The first argument
 * names a file of further arguments, a line each; the second says whether each is a call of its own.
 */
const script = `
list=$1 way=$2
shift 2
mapfile -t more < "$list"
calls() { for one in "\${more[@]}"; do "$@" "$one" > /dev/null 2>&1 < /dev/null; done; }
TIMEFORMAT='%3R %3U %3S'
if [ "$way" = each ]; then time calls "$@"; else time "$@" "\${more[@]}" > /dev/null 2>&1 < /dev/null; fi
`

/** A command that is run on files. */
export interface FileCommand {
  readonly words: readonly string[]
  /** Of the files' names, a line each; as the command sees it. */
  readonly list: string
  /** One call with all files, or one for each. */
  readonly way: 'all' | 'each'
}

const argv = ({ words, list, way }: FileCommand): readonly string[] => [
  ...['bash', '-c', script, 'bash', list, way],
  ...words,
]

/** `ms` from the start of the first process to the end of the last; `cpu` milliseconds of processor time. */
const figuresIn = (text: string): Figures => {
  const [real, user, system] =
    /(\d+\.\d{3}) (\d+\.\d{3}) (\d+\.\d{3})\s*$/.exec(text)?.slice(1).map(Number) ?? []
  if (real === undefined || user === undefined || system === undefined) {
    throw new Error(`expected three times, found ${JSON.stringify(text.slice(-80))}`)
  }
  return { ms: real * 1000, cpu: (user + system) * 1000 }
}

/** Drydock's own command, as a user starts it. */
export const timeDrydock = async (command: FileCommand): Promise<Figures> => {
  const drydock = [process.execPath, join(checkout, 'harness', 'cli', 'drydock.mjs')]
  const [bash = 'bash', ...args] = argv({ ...command, words: [...drydock, ...command.words] })
  // A judgement that is not good is no failure here.
  const { stderr } = await execa(bash, args, { reject: false, env: { LC_ALL: 'C' }, timeout: deadlineMs })
  return figuresIn(stderr)
}

/** A peer's, in its tree. @param work the folder that is /tmp there */
export const timePeer = async (command: FileCommand, tree: string, work: string): Promise<Figures> => {
  const quoted = ['bash', '-c', '"$@" 2>&1 || true', 'bash', ...argv(command)]
  return figuresIn(await runInTree(quoted, { tree, work, timeoutMs: deadlineMs }))
}
