import { join } from 'node:path'
import { type Architecture, architectures } from '../common/architecture.ts'
import { DrydockError, exitCodeOf } from '../common/errors.ts'
import { exitCodeOfRecords } from '../record/exit-code.ts'
import { showProgress } from '../report/progress.ts'
import { terminalReport, textOptionsFor } from '../report/terminal.ts'
import { duration } from '../report/words.ts'
import { loadPolicy } from '../rules/policy-file.ts'
import type { Target } from '../target/target.ts'
import { checkout } from '../vitest/checkout.ts'
import { runVitest, type VitestEnd } from '../vitest/run.ts'
import type { RunRequest } from '../vitest/run-context.ts'
import { textColumns } from '../vitest/text-columns.ts'
import { twinText, writeTwins } from '../vitest/twin-report.ts'
import { errorText } from './error-text.ts'
import { targetOf } from './target-options.ts'
import { writeReports } from './write-report.ts'

/** `npm test` and `npm run twins`: runs projects of vitest.config.ts and sums up what came out. */

const reports = join(checkout, 'reports')
const kinds = ['unit', 'cases', 'twins', 'integration'] as const
type Kind = (typeof kinds)[number]

const say = (line: string): void => {
  process.stdout.write(`${line}\n`)
}

const isKind = (word: string): word is Kind => (kinds as readonly string[]).includes(word)

const kindsFrom = (words: readonly string[]): readonly Kind[] => {
  const unknown = words.find((word) => !isKind(word))
  if (unknown === undefined) return words.length === 0 ? kinds : words.filter(isKind)
  throw new DrydockError(`expected kinds of tests, of ${kinds.join(', ')}, found "${unknown}"`, {
    code: 'NO_SUCH_TESTS',
    blame: 'usage',
  })
}

const projectsOf = (kind: Kind, on: readonly Architecture[]): readonly string[] =>
  kind === 'cases' || kind === 'twins' ? on.map((architecture) => `${kind}-${architecture}`) : [kind]

/** The image that DRYDOCK_TARGET names takes the reference image's place, and is validated before anything starts. */
const requestFor = async (path: string): Promise<RunRequest> => {
  const target: Target = await targetOf(path, {})
  await loadPolicy(target.policyPath)
  return { target, accelerator: 'prefer', fresh: false, reports, patterns: [], command: ['check', path] }
}

const slowestText = ({ slowest, projects }: VitestEnd): string =>
  textColumns([
    ...Object.entries(projects).map(([name, milliseconds]) => [duration(milliseconds), name, '(all)']),
    ...slowest.map(({ durationMs, project, name }) => [duration(durationMs), project, name]),
  ])

const report = async (end: VitestEnd): Promise<void> => {
  if (end.records.length > 0)
    say(`\n${terminalReport(end.records, textOptionsFor(process.stdout, process.env))}`)
  if (end.twins.length > 0) {
    await writeTwins(reports, end.twins)
    say(`\n${twinText(end.twins)}`)
  }
  for (const path of await writeReports(end.records, reports)) say(`Report: ${path}\n`)
  say(`Slowest parts:\n${slowestText(end)}\n`)
  for (const error of end.errors) say(`failed: ${error}`)
}

const exitCode = (end: VitestEnd): number => {
  if (end.interruptedBy !== undefined) return end.interruptedBy
  if (end.failed === 0 && end.passed > 0) return 0
  return end.records.length > 0 && exitCodeOfRecords(end.records) === 3 ? 3 : 1
}

const main = async (): Promise<number> => {
  const asked = kindsFrom(process.argv.slice(2))
  const path = process.env.DRYDOCK_TARGET
  const request = path === undefined || path === '' ? undefined : await requestFor(path)
  const run = request === undefined ? asked : asked.filter((kind) => kind === 'unit' || kind === 'cases')
  if (run.length < asked.length)
    say('DRYDOCK_TARGET is set: twins and integration tests concern the reference image and are not run')
  const on = architectures.filter((one) => request === undefined || request.target.guests[one] !== undefined)
  const end = await (async () => {
    // Vitest's own display owns the terminal, so progress is lines here.
    using progress = showProgress({ stream: process.stderr, environment: { TERM: 'dumb' } })
    return await runVitest({
      projects: run.flatMap((kind) => projectsOf(kind, on)),
      ...(request === undefined ? {} : { request }),
      progress: progress.listener,
      say: progress.say,
      verbose: true,
    })
  })()
  await report(end)
  say(`${end.passed} passed, ${end.failed} failed, ${end.skipped} skipped`)
  return exitCode(end)
}

try {
  process.exitCode = await main()
} catch (error) {
  process.stderr.write(`${errorText(error)}\n`)
  process.exitCode = exitCodeOf(error)
}
