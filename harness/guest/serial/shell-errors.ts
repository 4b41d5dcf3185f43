import { DrydockError } from '../../common/errors.ts'
import { neutraliseLine } from '../../common/text.ts'
import type { Console } from '../console/console.ts'
import type { RunOptions } from '../shell.ts'
import type { Command } from './start-line.ts'

/** The guest's end of the shell does not do what it should. */
export const shellFailed = (console: Console, problem: string): DrydockError =>
  new DrydockError(`the serial shell failed: ${problem}`, {
    code: 'SHELL_FAILED',
    blame: 'guest',
    phase: 'check',
    consoleTail: console.tail(),
  })

export const notArrived = (console: Console, typed: number, found: number): DrydockError =>
  shellFailed(console, `${typed} characters were typed, ${found} arrived`)

export const commandTimedOut = (
  console: Console,
  command: Command,
  timeoutMs: number,
  { reason }: RunOptions,
): DrydockError => {
  const text = typeof command === 'string' ? command : command.join(' ')
  const why = reason === undefined ? '' : ` (${reason})`
  const seconds = (timeoutMs / 1000).toFixed(1)
  return new DrydockError(
    `a command in the guest did not end within ${seconds} s${why}: ${neutraliseLine(text, 200)}`,
    {
      code: 'TIMED_OUT',
      blame: 'guest',
      phase: 'check',
      hint: 'It was killed; the shell can be used again.',
      consoleTail: console.tail(),
      timedOut: true,
    },
  )
}
