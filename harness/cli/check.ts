import { join, resolve } from 'node:path'
import { architectures } from '../common/architecture.ts'
import { messageOf } from '../common/errors.ts'
import type { ProgressListener } from '../common/progress.ts'
import type { AcceleratorPolicy } from '../machine/accelerator.ts'
import { findQemu } from '../machine/qemu.ts'
import { exitCodeOfRecords } from '../record/exit-code.ts'
import type { RunRecord } from '../record/record.ts'
import { showProgress } from '../report/progress.ts'
import { terminalReport, textOptionsFor } from '../report/terminal.ts'
import { loadPolicy } from '../rules/policy-file.ts'
import type { Target } from '../target/target.ts'
import { loadCases } from '../vitest/load-cases.ts'
import { runVitest, type VitestEnd } from '../vitest/run.ts'
import { selectChecks } from '../vitest/select-checks.ts'
import { failedChecks } from './check-again/failed-checks.ts'
import { tellContinuousIntegration } from './continuous-integration.ts'
import { type TargetCommandFlags, targetOf, targetWords } from './target-options.ts'
import { writeReports } from './write-report.ts'

export interface CheckFlags extends TargetCommandFlags {
  readonly accel: AcceleratorPolicy
  readonly case?: readonly string[]
  readonly fresh?: boolean
  readonly out: string
  readonly json?: boolean
  readonly failed?: boolean
  readonly watch?: boolean
}

export interface CheckRequest {
  readonly target: Target
  readonly accelerator: AcceleratorPolicy
  /** Whether to boot even where a frozen guest of an earlier run is there. */
  readonly fresh: boolean
  /** Folder of the reports. */
  readonly out: string
  readonly patterns: readonly string[]
  readonly command: readonly string[]
  readonly json: boolean
}

/** `drydock check`; gives the exit code. */
export const check = async (argument: string | undefined, flags: CheckFlags): Promise<number> => {
  const target = await targetOf(argument, flags)
  if (flags.watch === true) {
    const { checkAndWatch } = await import('./check-again/watch.ts')
    return await checkAndWatch(
      target,
      process.argv.slice(2).filter((word) => word !== '--watch'),
    )
  }
  const failed = flags.failed === true ? await failedChecks(target, flags.out) : undefined
  if (failed?.length === 0) {
    process.stderr.write('drydock: --failed: every check was passed last time, so nothing was run\n')
    return 0
  }
  return await checkTarget({
    target,
    accelerator: flags.accel,
    fresh: flags.fresh === true,
    out: flags.out,
    patterns: failed ?? flags.case ?? [],
    command: [
      'check',
      ...targetWords(argument, flags),
      ...(flags.accel === 'prefer' ? [] : ['--accel', flags.accel]),
      ...(flags.fresh === true ? ['--fresh'] : []),
    ],
    json: flags.json === true,
  })
}

/** What can be known to be wrong is found here, before vitest and QEMU are started. */
const validate = async ({ target, patterns }: CheckRequest): Promise<void> => {
  selectChecks((await loadCases()).list(), patterns)
  await loadPolicy(target.policyPath)
  for (const architecture of architectures)
    if (target.guests[architecture] !== undefined) await findQemu(architecture)
}

const run = async (request: CheckRequest, progress: ProgressListener, say: (line: string) => void) => {
  const { target, accelerator, fresh, out, patterns, command } = request
  const projects = architectures
    .filter((architecture) => target.guests[architecture] !== undefined)
    .map((architecture) => `cases-${architecture}`)
  const reports = resolve(out)
  return await runVitest({
    projects,
    request: { target, accelerator, fresh, reports, patterns, command },
    progress,
    say,
  })
}

const byArchitecture = ({ records }: VitestEnd): readonly RunRecord[] =>
  architectures.flatMap((architecture) => records.filter((record) => record.architecture === architecture))

/** A target of one architecture gives its record alone, so that `drydock check | jq .checks` works as one expects. */
const asJson = (records: readonly RunRecord[], target: Target): string =>
  JSON.stringify(Object.keys(target.guests).length === 1 ? records[0] : records, undefined, 2)

/** What cannot be kept for later is said, and makes no run worse. */
const keepInHistory = async (records: readonly RunRecord[], out: string): Promise<void> => {
  try {
    const { openHistory } = await import('../record/history/history.ts')
    using history = await openHistory(join(out, 'history.sqlite'))
    history.add(records)
  } catch (error) {
    process.stderr.write(`drydock: not kept in the history: ${messageOf(error)}\n`)
  }
}

/** Judges a target, and shows or prints what came out; gives the exit code. */
export const checkTarget = async (request: CheckRequest): Promise<number> => {
  await validate(request)
  const end = await (async () => {
    using progress = showProgress({ stream: process.stderr, environment: process.env })
    return await run(request, progress.listener, progress.say)
  })()
  const records = byArchitecture(end)
  await keepInHistory(records, request.out)
  if (request.json) process.stdout.write(`${asJson(records, request.target)}\n`)
  else process.stdout.write(`\n${terminalReport(records, textOptionsFor(process.stdout, process.env))}`)
  const say = request.json ? process.stderr : process.stdout
  for (const path of await writeReports(records, resolve(request.out))) say.write(`\nReport: ${path}\n`)
  await tellContinuousIntegration(records, process.env, (text) => say.write(text))
  for (const error of end.errors) process.stderr.write(`drydock: ${error}\n`)
  if (end.interruptedBy !== undefined) return end.interruptedBy
  const complete = records.length === Object.keys(request.target.guests).length
  return end.errors.length > 0 || !complete ? 3 : exitCodeOfRecords(records)
}
