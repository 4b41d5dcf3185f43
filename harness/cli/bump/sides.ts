import { join } from 'node:path'
import { execa } from 'execa'
import type { Architecture } from '../../common/architecture.ts'
import { DrydockError } from '../../common/errors.ts'
import type { AcceleratorPolicy } from '../../machine/accelerator.ts'
import { findRecords } from '../../record/find-records.ts'
import type { RunRecord } from '../../record/record.ts'
import { checkout } from '../../vitest/checkout.ts'
import { isTargetFile } from '../target-choice.ts'

/** What is compared: kept records, a target that has to be judged first, or the reference image with a kernel. */
export type Side = { readonly path: string } | { readonly kernel: string }

export interface SideOptions {
  readonly architecture: Architecture | undefined
  readonly accelerator: AcceleratorPolicy
  /** Folder of the reports where there is something to judge. */
  readonly out: string
  /** Only these checks. @default all */
  readonly cases?: readonly string[]
}

const drydock = join(checkout, 'harness', 'cli', 'main.ts')
const builder = join(checkout, 'images', 'build.ts')

/** The target file of the reference image with a kernel. images/ is no part of the harness: it is run, not imported. */
const referenceWith = async (kernel: string): Promise<string> => {
  const built = await execa(process.execPath, [builder, '--kernel', kernel], {
    stderr: 'inherit',
    reject: false,
  })
  const path = built.stdout.trim().split('\n').at(-1) ?? ''
  if (built.exitCode === 0 && path !== '') return path
  throw new DrydockError(
    `--kernel ${kernel}: expected the reference image to be built with it, found a failure`,
    {
      code: 'CANNOT_BUILD',
      blame: built.exitCode === 2 || built.exitCode === 1 ? 'usage' : 'testbed',
      hint: 'Its messages are above; `node images/build.ts --help` shows the kernels that there are.',
    },
  )
}

/** Judges a target in a process of its own, and gives the records that came of it, whatever they say. */
export const judgeTarget = async (
  target: string,
  { architecture, accelerator, out, cases = [] }: SideOptions,
): Promise<readonly RunRecord[]> => {
  const words = [
    ...['check', target, '--accel', accelerator, '--out', out],
    ...(architecture === undefined ? [] : ['--arch', architecture]),
    ...cases.flatMap((id) => ['--case', id]),
  ]
  const startedAt = new Date().toISOString()
  const run = await execa(process.execPath, [drydock, ...words], {
    stdout: 'ignore',
    stderr: 'inherit',
    reject: false,
  })
  // The folder may still have records of an earlier bump.
  const records = (await findRecords(out).catch(() => []))
    .map(({ record }) => record)
    .filter((record) => record.startedAt >= startedAt)
  if (records.length > 0) return records
  throw new DrydockError(`${target}: expected a record of it, found none and exit code ${run.exitCode}`, {
    code: 'NOT_JUDGED',
    blame: run.exitCode === 2 ? 'usage' : 'testbed',
    hint: `Run it alone to see why: drydock ${words.join(' ')}`,
  })
}

/** The records of one side; those that are not there yet are made. */
export const recordsOf = async (side: Side, options: SideOptions): Promise<readonly RunRecord[]> => {
  if ('kernel' in side) return await judgeTarget(await referenceWith(side.kernel), options)
  if (isTargetFile(side.path)) return await judgeTarget(side.path, options)
  const { architecture } = options
  return (await findRecords(side.path))
    .map(({ record }) => record)
    .filter((record) => architecture === undefined || record.architecture === architecture)
}
