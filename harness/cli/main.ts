import { CommanderError } from 'commander'
import { exitCodeOf } from '../common/errors.ts'
import { errorText } from './error-text.ts'
import { drydockProgram } from './program.ts'

/** Commander has shown its own message by then; help and version are no errors. */
const exitCodeOfCommander = ({ exitCode }: CommanderError): number => (exitCode === 0 ? 0 : 2)

try {
  await drydockProgram().parseAsync()
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = exitCodeOfCommander(error)
  } else {
    process.stderr.write(`${errorText(error)}\n`)
    process.exitCode = exitCodeOf(error)
  }
}
