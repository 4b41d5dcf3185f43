import { exitCodeOf } from '../../common/errors.ts'
import { errorText } from '../error-text.ts'

/** Sets the exit code that a command comes to; an error is shown and has its own. */
export const endWith = async (command: Promise<number>): Promise<void> => {
  try {
    process.exitCode = await command
  } catch (error) {
    process.stderr.write(`${errorText(error)}\n`)
    process.exitCode = exitCodeOf(error)
  }
}
