import { isArchitecture } from '../common/architecture.ts'
import { DrydockError } from '../common/errors.ts'
import { kernelWaiverProblems } from '../rules/kernel-policies/judge-by-policy.ts'
import type { KconfigFlags } from './kconfig/flags.ts'
import { type FileOutcome, type KconfigSession, openSession, type SessionRequest } from './kconfig/session.ts'
import { printOut } from './print-out.ts'

/** `drydock kconfig`; gives the exit code. */
export const kconfig = async (files: readonly string[], flags: KconfigFlags): Promise<number> => {
  checkFlags(files, flags)
  const request: SessionRequest = {
    flags,
    width: await outputWidth(),
    hasOneFile: files.length === 1,
    today: new Date().toISOString().slice(0, 10),
  }
  const session = await openSession(request)
  const outcomes = await judgeAll(files, session, request)
  const uses = outcomes.map(({ waiverUses }) => waiverUses)
  const problems = kernelWaiverProblems(session.policy, uses, request.today).map(
    ({ at, message }) => `! ${at}: ${message}\n`,
  )
  show(outcomes, flags, problems)
  return problems.length === 0 && outcomes.every(({ isGood }) => isGood) ? 0 : 1
}

/** From so many files on, threads can be worth their start. */
const manyFiles = 48

/** Threads are loaded only for a number of files that they can be worth it for. */
const judgeAll = async (
  files: readonly string[],
  session: KconfigSession,
  request: SessionRequest,
): Promise<readonly FileOutcome[]> => {
  if (files.length >= manyFiles) {
    const { judgeMany } = await import('./kconfig/judge-many.ts')
    return await judgeMany(files, session, request)
  }
  const outcomes: FileOutcome[] = []
  for (const file of files) outcomes.push(await session.judge(file))
  return outcomes
}

const wrongUsage = (message: string): DrydockError =>
  new DrydockError(message, { code: 'BAD_FLAG', blame: 'usage' })

const checkFlags = (files: readonly string[], { arch, json, fragment }: KconfigFlags): void => {
  if (arch !== undefined && !isArchitecture(arch)) {
    throw wrongUsage(`--arch: expected x86_64 or arm64, found ${JSON.stringify(arch)}`)
  }
  if (fragment === true && json === true)
    throw wrongUsage('--fragment: expected it without --json, found both')
  if (fragment === true && files.length > 1) {
    throw wrongUsage(`--fragment: expected one file, found ${files.length}`)
  }
}

/** Columns. To ask node whether it writes to a terminal takes as long as to judge a kernel, so the file is asked first. */
const outputWidth = async (): Promise<number> => {
  const { fstatSync, statSync } = process.getBuiltinModule('node:fs')
  const output = fstatSync(1)
  if (!output.isCharacterDevice() || output.rdev === statSync('/dev/null').rdev) return 100
  const { textOptionsFor } = await import('../report/terminal-options.ts')
  return textOptionsFor(process.stdout, process.env).width
}

/** What is for programs stays alone on standard output. */
const show = (
  outcomes: readonly FileOutcome[],
  { json, fragment }: KconfigFlags,
  problems: readonly string[],
): void => {
  const outputs = outcomes.map(({ output }) => output)
  if (json === true || fragment === true) {
    for (const note of new Set(outcomes.flatMap(({ notes }) => notes))) process.stderr.write(`! ${note}\n`)
    for (const problem of problems) process.stderr.write(problem)
    printOut(json === true ? `[\n${outputs.join(',\n')}\n]\n` : outputs.join(''))
    return
  }
  const good = outcomes.filter(({ isGood }) => isGood).length
  const total = outcomes.length > 1 ? [`${outcomes.length} files, ${good} of them without failures\n`] : []
  printOut([...outputs, ...total, ...(problems.length > 0 ? [problems.join('')] : [])].join('\n'))
}
