import { readdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Architecture } from '../common/architecture.ts'
import { DrydockError, messageOf } from '../common/errors.ts'
import { neutraliseLine } from '../common/text.ts'
import { readKernel } from '../image/kernel-file.ts'
import type { AcceleratorPolicy } from '../machine/accelerator.ts'
import { bisect, type Trial } from '../record/bisect.ts'
import { findRecords } from '../record/find-records.ts'
import type { RunRecord } from '../record/record.ts'
import {
  compareKernelVersions,
  type KernelVersion,
  parseKernelVersion,
} from '../rules/kernel/kernel-version.ts'
import { isGreen, type Verdict } from '../rules/verdict.ts'
import { loadTarget } from '../target/target.ts'
import { judgeTarget } from './bump/sides.ts'
import { printOut } from './print-out.ts'
import { isTargetFile } from './target-choice.ts'

export interface BisectFlags {
  readonly good: string
  readonly bad: string
  readonly kernels: string
  readonly check: string
  readonly arch?: Architecture
  readonly accel: AcceleratorPolicy
  readonly out: string
}

interface End {
  readonly record: RunRecord
  readonly version: KernelVersion
}

interface Candidate {
  readonly file: string
  readonly release: string
  readonly version: KernelVersion
}

const wrong = (message: string): DrydockError =>
  new DrydockError(message, { code: 'BAD_BISECT', blame: 'usage', hint: '`drydock bisect --help`' })

const trialOf = (record: RunRecord | undefined, check: string): Trial => {
  const verdict: Verdict | undefined = record?.checks.find(({ id }) => id === check)?.verdict
  if (verdict === undefined || verdict === 'inconclusive' || verdict === 'error') return 'skip'
  return isGreen(verdict) ? 'good' : 'bad'
}

const endOf = async (path: string, wanted: Trial, { check, arch }: BisectFlags): Promise<End> => {
  const records = (await findRecords(path))
    .map(({ record }) => record)
    .filter(({ architecture }) => arch === undefined || architecture === arch)
  const [record] = records
  if (record === undefined || records.length > 1)
    throw wrong(`${path}: expected one record, found ${records.length}; --arch chooses among architectures`)
  const version = parseKernelVersion(record.kernel ?? '')
  if (version === undefined)
    throw wrong(`${path}: expected a record that knows its kernel, found ${record.kernel}`)
  const trial = trialOf(record, check)
  if (trial !== wanted) throw wrong(`${path}: expected ${check} to be ${wanted}, found it ${trial}`)
  return { record, version }
}

/** The target files of a folder whose kernels lie between two others, in order of version. */
const candidatesIn = async (
  folder: string,
  architecture: Architecture,
  { good, bad }: { readonly good: KernelVersion; readonly bad: KernelVersion },
): Promise<readonly Candidate[]> => {
  const names = await readdir(folder).catch((error: unknown) => {
    throw wrong(`--kernels ${folder}: expected a folder of target files, found: ${messageOf(error)}`)
  })
  const found: Candidate[] = []
  for (const name of names.filter(isTargetFile)) {
    const file = join(folder, name)
    const kernel = (await loadTarget(file)).guests[architecture]?.kernel
    const release = kernel === undefined ? undefined : (await readKernel(kernel)).release
    const version = parseKernelVersion(release ?? '')
    if (release === undefined || version === undefined) continue
    if (compareKernelVersions(version, good) > 0 && compareKernelVersions(version, bad) < 0)
      found.push({ file, release, version })
  }
  return found.sort((one, other) => compareKernelVersions(one.version, other.version))
}

/** `drydock bisect`; gives the exit code. */
export const bisectKernels = async (flags: BisectFlags): Promise<number> => {
  const { check, accel, out } = flags
  const good = await endOf(flags.good, 'good', flags)
  const bad = await endOf(flags.bad, 'bad', flags)
  const { architecture } = good.record
  if (bad.record.architecture !== architecture)
    throw wrong(`expected two records of ${architecture}, found one of ${bad.record.architecture}`)
  if (compareKernelVersions(good.version, bad.version) >= 0)
    throw wrong(`expected the bad kernel to be newer, found ${good.record.kernel}, then ${bad.record.kernel}`)
  const ends = { good: good.version, bad: bad.version }
  const candidates = await candidatesIn(flags.kernels, architecture, ends)
  const { firstBad, lastGood, skipped, tried } = await bisect(candidates, async ({ file, release }) => {
    const options = { architecture, accelerator: accel, out: join(out, basename(file)) }
    const [record] = await judgeTarget(file, { ...options, cases: [check] })
    const trial = trialOf(record, check)
    printOut(`${neutraliseLine(release)}: ${trial}\n`)
    return trial
  })
  const from = lastGood?.release ?? good.record.kernel ?? ''
  const to = firstBad?.release ?? bad.record.kernel ?? ''
  printOut(
    `${check}: passes on ${neutraliseLine(from)}, fails on ${neutraliseLine(to)} (${tried} kernels tried)\n`,
  )
  for (const { release } of skipped)
    printOut(`between them, and not to be judged: ${neutraliseLine(release)}\n`)
  return skipped.length > 0 ? 1 : 0
}
