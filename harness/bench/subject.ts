import { join } from 'node:path'
import { execa } from 'execa'
import type { z } from 'zod'

/** A process of its own, as a user's is: nothing is loaded, compiled or warm before it starts. */
export const runSubject = async <Answer>(
  script: string,
  request: object,
  answer: z.ZodType<Answer>,
): Promise<Answer> => {
  const { stdout, stderr, failed, shortMessage } = await execa(
    process.execPath,
    [join(import.meta.dirname, 'subject', script), JSON.stringify(request)],
    { stdin: 'ignore', reject: false },
  )
  if (failed) throw new Error(stderr || shortMessage)
  return answer.parse(JSON.parse(stdout))
}
