import { DrydockError, messageOf } from '../../common/errors.ts'

/** Prints the figures as one line of JSON; where the work fails, the reason in one line on standard error. */
export const answerWith = async (measure: () => Promise<object>): Promise<void> => {
  try {
    process.stdout.write(JSON.stringify(await measure()))
  } catch (error) {
    process.stderr.write(error instanceof DrydockError ? error.shortMessage : messageOf(error))
    process.exitCode = 1
  }
}
