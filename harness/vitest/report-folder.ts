import { chmod, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { DrydockError, messageOf } from '../common/errors.ts'

/** A folder that one run writes into, and that takes its final name only when it is complete. */
export interface ReportFolder {
  /** Where the run writes now. */
  readonly path: string
  /** Puts the folder at its final place, which it returns; an older report there goes. */
  publish(): Promise<string>
}

const prefix = '.run-'

const isErrorCode = (error: unknown, ...codes: readonly string[]): boolean =>
  error instanceof Error && 'code' in error && codes.includes(String(error.code))

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return isErrorCode(error, 'EPERM')
  }
}

/** Folders whose run was killed before it could publish them. */
const sweep = async (parent: string): Promise<void> => {
  for (const name of await readdir(parent)) {
    const pid = Number(/^\.run-(\d+)-/.exec(name)?.[1] ?? Number.NaN)
    if (Number.isInteger(pid) && !isAlive(pid)) await rm(join(parent, name), { recursive: true, force: true })
  }
}

const cannotWrite = (path: string, cause: unknown): DrydockError =>
  new DrydockError(`expected to write reports to ${path}, found: ${messageOf(cause)}`, {
    code: 'REPORT_NOT_WRITTEN',
    blame: 'testbed',
    phase: 'prepare',
    hint: isErrorCode(cause, 'ENOSPC', 'EDQUOT')
      ? 'The disk is full: free some space, or choose another folder with --out.'
      : 'Choose a folder that can be written to with --out.',
    cause,
  })

/** Throws a `REPORT_NOT_WRITTEN` error in place of whatever `write` throws. */
export const writingTo = async <Result>(path: string, write: () => Promise<Result>): Promise<Result> => {
  try {
    return await write()
  } catch (error) {
    throw error instanceof DrydockError ? error : cannotWrite(path, error)
  }
}

/**
 * Moves a folder to a name that another run may be taking at the same moment: each rename is atomic, so whoever comes
 * last wins and neither leaves a mixture.
 */
const replace = async (source: string, destination: string): Promise<void> => {
  for (;;) {
    try {
      return await rename(source, destination)
    } catch (error) {
      if (!isErrorCode(error, 'ENOTEMPTY', 'EEXIST')) throw error
    }
    const away = await mkdtemp(join(dirname(source), `${basename(source)}-old-`))
    await rename(destination, join(away, 'report')).catch((error: unknown) => {
      if (!isErrorCode(error, 'ENOENT')) throw error
    })
    await rm(away, { recursive: true, force: true })
  }
}

/**
 * Makes the folder for a run's report.
 *
 * @param destination the final place, `reports/NAME/ARCHITECTURE`
 */
export const openReportFolder = (destination: string): Promise<ReportFolder> =>
  writingTo(destination, async () => {
    const parent = dirname(destination)
    await mkdir(parent, { recursive: true })
    await sweep(parent)
    const path = await mkdtemp(join(parent, `${prefix}${process.pid}-`))
    await chmod(path, 0o755)
    return {
      path,
      publish: () =>
        writingTo(destination, async () => {
          await replace(path, destination)
          return destination
        }),
    }
  })
