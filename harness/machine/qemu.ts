import { resolve } from 'node:path'
import { execa } from 'execa'
import which from 'which'
import type { Architecture } from '../common/architecture.ts'
import { DrydockError } from '../common/errors.ts'
import { lastLines, neutraliseLine } from '../common/text.ts'
import { type MachineArchitecture, machineArchitectures } from './architectures.ts'

/** A QEMU binary that was found and is new enough. */
export interface Qemu {
  readonly architecture: Architecture
  /** Absolute path. */
  readonly path: string
  /** `x.y.z`. */
  readonly version: string
  /** The first line of `--version`, with the distributor's own version. */
  readonly text: string
}

/** Debian 12's: the oldest with all options that are used here. */
export const minimumVersion = '7.2'
const versionDeadlineMs = 10_000

/**
 * Finds the architecture's QEMU: the one named by DRYDOCK_QEMU_X86_64 or DRYDOCK_QEMU_ARM64, else the one in PATH.
 * Throws `QEMU_MISSING`, `QEMU_BROKEN` (it does not tell its version) or `QEMU_TOO_OLD`.
 */
export const findQemu = async (
  architecture: Architecture,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<Qemu> => {
  const table = machineArchitectures[architecture]
  const path = await binaryPath(table, environment)
  const text = await versionText(path, table)
  const version = parseVersion(text)
  if (version === undefined) {
    throw new DrydockError(
      `expected ${path} --version to say "QEMU emulator version x.y.z", found "${neutraliseLine(text, 200)}"`,
      { code: 'QEMU_BROKEN', blame: 'testbed', phase: 'prepare', hint: installHint(table) },
    )
  }
  if (isOlder(version, minimumVersion)) {
    throw new DrydockError(`expected QEMU ${minimumVersion} or newer, found ${version} at ${path}`, {
      code: 'QEMU_TOO_OLD',
      blame: 'testbed',
      phase: 'prepare',
      hint: `${installHint(table)} Or name a newer binary in ${table.binaryVariable}.`,
    })
  }
  return { architecture, path, version, text }
}

/** The version in the first line of `--version`, as `x.y.z`. */
export const parseVersion = (text: string): string | undefined => {
  const [, major, minor, micro = '0'] =
    /^QEMU emulator version (\d{1,4})\.(\d{1,4})(?:\.(\d{1,4}))?/.exec(text) ?? []
  return major === undefined ? undefined : `${major}.${minor}.${micro}`
}

/** Whether version `left` comes before `right`; missing parts count as 0. */
export const isOlder = (left: string, right: string): boolean => {
  const [ours, theirs] = [left, right].map((version) => version.split('.').map(Number))
  for (const index of [0, 1, 2]) {
    const difference = (ours?.[index] ?? 0) - (theirs?.[index] ?? 0)
    if (difference !== 0) return difference < 0
  }
  return false
}

const installHint = ({ debianPackage }: MachineArchitecture) =>
  `Install it with: apt-get install --no-install-recommends ${debianPackage}`

const binaryPath = async (table: MachineArchitecture, environment: NodeJS.ProcessEnv): Promise<string> => {
  const named = environment[table.binaryVariable]
  const wanted = named === undefined || named === '' ? table.binary : named
  const path = await which(wanted, { nothrow: true, path: environment.PATH ?? '' })
  if (path !== null) return resolve(path)
  const where = wanted === named ? `as ${table.binaryVariable} names it` : 'in PATH'
  throw new DrydockError(`expected an executable ${wanted} ${where}, found none`, {
    code: 'QEMU_MISSING',
    blame: 'testbed',
    phase: 'prepare',
    hint: installHint(table),
  })
}

const versionText = async (path: string, table: MachineArchitecture): Promise<string> => {
  const result = await execa(path, ['--version'], {
    reject: false,
    stdin: 'ignore',
    timeout: versionDeadlineMs,
    maxBuffer: 65_536,
  })
  if (!result.failed) return result.stdout.split('\n', 1)[0] ?? ''
  throw new DrydockError(`expected ${path} --version to succeed, it did not: ${result.shortMessage}`, {
    code: 'QEMU_BROKEN',
    blame: 'testbed',
    phase: 'prepare',
    hint: [lastLines(neutraliseLine(result.stderr), 1), installHint(table)].filter(Boolean).join('\n'),
    cause: result,
  })
}
