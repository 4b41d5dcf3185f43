import { checkTarget } from '../harness/cli/check.ts'
import { errorText } from '../harness/cli/error-text.ts'
import { architectures } from '../harness/common/architecture.ts'
import { exitCodeOf } from '../harness/common/errors.ts'
import { showProgress } from '../harness/report/progress.ts'
import { loadTarget } from '../harness/target/target.ts'
import { buildReference } from './build.ts'

/** `npm start`: builds the reference image for both architectures, then judges it. */
const build = async (): Promise<string> => {
  using progress = showProgress({ stream: process.stderr, environment: process.env })
  return await buildReference({ variant: 'release', architectures, progress: progress.listener })
}

try {
  const path = await build()
  process.exitCode = await checkTarget({
    target: await loadTarget(path),
    accelerator: 'prefer',
    fresh: false,
    out: 'reports',
    patterns: [],
    command: ['check', path],
    json: false,
  })
} catch (error) {
  process.stderr.write(`${errorText(error)}\n`)
  process.exitCode = exitCodeOf(error)
}
