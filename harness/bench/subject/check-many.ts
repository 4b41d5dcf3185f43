import { join } from 'node:path'
import { z } from 'zod'
import { architectures } from '../../common/architecture.ts'
import { acceleratorPolicies } from '../../machine/accelerator.ts'
import { loadTarget } from '../../target/target.ts'
import { runVitest } from '../../vitest/run.ts'
import { answerWith } from './answer.ts'

/** Judges an image by so many synthetic checks on both architectures, in the way that `drydock check` does. */

const requestSchema = z.object({
  targetFile: z.string(),
  accelerator: z.enum(acceleratorPolicies),
  count: z.int().min(1),
  /** Absolute path of an existing folder. */
  reports: z.string(),
})

const { targetFile, accelerator, count, reports } = requestSchema.parse(JSON.parse(process.argv[2] ?? ''))

const measure = async (): Promise<{ readonly s: number }> => {
  const startedAt = performance.now()
  // The workers define the checks, and have the environment of this process.
  process.env.DRYDOCK_BENCH_CHECKS = String(count)
  const { passed, errors } = await runVitest({
    projects: architectures.map((architecture) => `cases-${architecture}`),
    request: {
      target: await loadTarget(targetFile),
      cases: join(import.meta.dirname, 'cases'),
      ...{ accelerator, reports, fresh: false, patterns: [], command: ['check', targetFile] },
    },
    progress: () => {},
    say: () => {},
  })
  const expected = count * architectures.length
  if (passed !== expected)
    throw new Error([`expected ${expected} checks to pass, found ${passed}`, ...errors].join('\n'))
  return { s: (performance.now() - startedAt) / 1000 }
}

await answerWith(measure)
