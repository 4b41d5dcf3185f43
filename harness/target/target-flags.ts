import { basename, resolve } from 'node:path'
import { type Architecture, isArchitecture } from '../common/architecture.ts'
import { DrydockError } from '../common/errors.ts'
import { neutraliseLine } from '../common/text.ts'
import {
  defaultCommandLine,
  expectedCommandLine,
  problemWithCommandLine,
  trimCommandLine,
} from './command-line.ts'
import { readDiskImage } from './disk-image.ts'
import type { Firmware, GuestDisk, GuestSpec, Login, Medium, Target } from './guest-spec.ts'
import { type ArchitectureDetector, loadTarget } from './load-target.ts'
import { exists, problemWithFile, readLatin1 } from './regular-file.ts'
import { cpuRange, memoryRange } from './target-schema.ts'

/** A target given on the command line, as it was typed. */
export interface TargetFlags {
  readonly kernel?: string | undefined
  readonly initrd?: string | undefined
  /** A raw or qcow2 image for the kernel, as vda. @default none */
  readonly disk?: string | undefined
  /** A kernel command line, or the path of a file that holds one. @default console=ttyS0 or console=ttyAMA0 */
  readonly cmdline?: string | undefined
  /** @default the one the kernel is for */
  readonly arch?: string | undefined
  /** `USER[:PASSWORD]` on the console, or `none`. @default none */
  readonly login?: string | undefined
  /** MiB. @default 512 */
  readonly memory?: string | undefined
  /** @default 1 */
  readonly cpus?: string | undefined
  readonly cpu?: string | undefined
  /** `uefi`, `bios` or `none`. @default none */
  readonly firmware?: string | undefined
  readonly policy?: string | undefined
  readonly kernelConfig?: string | undefined
}

/**
 * The target a command was given: a target file, the prefix of LinuxKit's output (`out/linuxkit` for
 * out/linuxkit-kernel, -initrd.img, -cmdline), or flags alone.
 * @throws errors of blame `usage`, one line each
 */
export const openTarget = async (
  argument: string | undefined,
  flags: TargetFlags,
  detect: ArchitectureDetector,
): Promise<Target> => {
  if (argument === undefined) return await targetFromFlags(flags, detect)
  if (await exists(`${argument}-kernel`)) return await targetFromPrefix(argument, flags, detect)
  if (Object.values(flags).some((flag) => flag !== undefined)) {
    throw wrong(argument, 'a target file or flags that describe one', 'both')
  }
  if (/\.ya?ml$/.test(argument) || (await exists(argument))) return await loadTarget(argument, detect)
  throw wrong(
    argument,
    'a target file (.yml) or the prefix of LinuxKit output',
    `neither ${argument} nor ${argument}-kernel`,
  )
}

/** A target of one architecture from flags. @throws errors of blame `usage`, `--FLAG: expected ..., found ...` */
export const targetFromFlags = async (flags: TargetFlags, detect: ArchitectureDetector): Promise<Target> => {
  if (flags.kernel === undefined) throw wrong('--kernel', 'the path of a kernel', 'nothing')
  const kernel = await file('--kernel', flags.kernel)
  const architecture = await architectureOf(flags.arch, kernel, detect)
  return await targetFrom(
    {
      ...{ name: nameFrom(kernel), source: 'command line', architecture, kernel },
      disks: flags.disk === undefined ? [] : [await diskOf(await file('--disk', flags.disk), 'disk')],
      initrd: await optionalFile('--initrd', flags.initrd),
      cmdline: await commandLine(flags.cmdline, architecture),
      firmware: firmwareOf(flags.firmware),
    },
    flags,
  )
}

/** What an image starts from, where that is known already. */
export type Start = Pick<Target, 'name' | 'source'> &
  Pick<GuestSpec, 'architecture' | 'kernel' | 'initrd' | 'cmdline' | 'firmware' | 'disks' | 'container'>

/** A target of one architecture, with what flags say of anything but its start. @throws as `targetFromFlags` does */
export const targetFrom = async ({ name, source, ...start }: Start, flags: TargetFlags): Promise<Target> => {
  if (start.firmware === 'bios' && start.architecture !== 'x86_64')
    throw wrong('--firmware', 'uefi or none, as only x86_64 has a BIOS', '"bios"')
  const guest: GuestSpec = {
    ...start,
    kernelConfig: await optionalFile('--kernel-config', flags.kernelConfig),
    memoryMiB: wholeNumber('--memory', flags.memory, 512, memoryRange),
    cpus: wholeNumber('--cpus', flags.cpus, 1, cpuRange),
    cpu: flags.cpu,
    metadata: 'none',
    login: parseLogin(flags.login ?? 'none'),
  }
  const policyPath = await optionalFile('--policy', flags.policy)
  return { name, source, guests: { [start.architecture]: guest }, policyPath }
}

const targetFromPrefix = async (
  prefix: string,
  flags: TargetFlags,
  detect: ArchitectureDetector,
): Promise<Target> => {
  const part = async (suffix: string): Promise<string | undefined> =>
    (await exists(`${prefix}${suffix}`)) ? `${prefix}${suffix}` : undefined
  const initrd = flags.initrd ?? (await part('-initrd.img'))
  if (initrd === undefined) throw wrong(prefix, `an initrd at ${prefix}-initrd.img`, 'nothing')
  const found = {
    ...flags,
    kernel: flags.kernel ?? `${prefix}-kernel`,
    initrd,
    cmdline: flags.cmdline ?? (await part('-cmdline')),
  }
  return { ...(await targetFromFlags(found, detect)), name: nameFrom(prefix), source: prefix }
}

/** A disk image, its format found from its bytes. @throws `BAD_TARGET` (usage) where it does not stand alone */
export const diskOf = async (path: string, medium: Medium): Promise<GuestDisk> => {
  const image = await readDiskImage(path)
  if ('problem' in image) throw wrong(path, 'a disk image that stands alone', image.problem)
  return { path, format: image.format, medium }
}

const file = async (flag: string, path: string): Promise<string> => {
  const absolute = resolve(path)
  const problem = await problemWithFile(absolute)
  if (problem !== undefined) throw wrong(flag, 'a file', problem)
  return absolute
}

const optionalFile = async (flag: string, path: string | undefined): Promise<string | undefined> =>
  path === undefined ? undefined : await file(flag, path)

const aliases: Readonly<Record<string, Architecture>> = { amd64: 'x86_64', x64: 'x86_64', aarch64: 'arm64' }

const architectureOf = async (
  asked: string | undefined,
  kernel: string,
  detect: ArchitectureDetector,
): Promise<Architecture> => {
  if (asked !== undefined && !isArchitecture(asked)) {
    const meant = aliases[asked.toLowerCase()]
    throw wrong(
      '--arch',
      'x86_64 or arm64',
      `"${neutraliseLine(asked, 40)}"${meant === undefined ? '' : ` (did you mean ${meant}?)`}`,
    )
  }
  const found = await detect(kernel)
  if (asked !== undefined && asked !== found)
    throw wrong('--kernel', `a kernel for ${asked}`, `one for ${found} at ${kernel}`)
  return found
}

/** Text with a blank or `=` that names no file is a command line; else it is a path. */
export const commandLine = async (given: string | undefined, architecture: Architecture): Promise<string> => {
  if (given === undefined) return defaultCommandLine[architecture]
  const isPath = await exists(given)
  if (!isPath && given.includes('/') && !/[\s=]/.test(given))
    throw wrong('--cmdline', 'a file', `nothing at ${resolve(given)}`)
  const text = trimCommandLine(isPath ? await readLatin1(await file('--cmdline', given)) : given)
  const problem = problemWithCommandLine(text)
  if (problem !== undefined)
    throw wrong('--cmdline', expectedCommandLine, isPath ? `${problem} in ${resolve(given)}` : problem)
  return text
}

/** `USER[:PASSWORD]` or `none`; the password may hold colons. @throws usage */
export const parseLogin = (text: string): Login => {
  if (text === 'none') return {}
  const match = /^([a-z_][a-z0-9_.-]{0,31})(?::(.+))?$/i.exec(text)
  if (match?.[1] === undefined)
    throw wrong('--login', 'USER, USER:PASSWORD or none', `"${neutraliseLine(text, 40)}"`)
  return {
    serial: { user: match[1], line: 'console', ...(match[2] === undefined ? {} : { password: match[2] }) },
  }
}

export const isFirmware = (text: string): text is Firmware =>
  text === 'uefi' || text === 'bios' || text === 'none'

const firmwareOf = (given: string | undefined): Firmware => {
  if (given === undefined || isFirmware(given)) return given ?? 'none'
  throw wrong('--firmware', 'uefi, bios or none', `"${neutraliseLine(given, 40)}"`)
}

const wholeNumber = (
  flag: string,
  text: string | undefined,
  otherwise: number,
  range: { least: number; most: number },
): number => {
  if (text === undefined) return otherwise
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN
  if (value >= range.least && value <= range.most) return value
  throw wrong(flag, `a whole number from ${range.least} to ${range.most}`, `"${neutraliseLine(text, 40)}"`)
}

/** Names the folder of the reports, so that only what a target file may say is left. */
export const nameFrom = (path: string): string =>
  basename(path)
    .replace(/[^a-z0-9._-]+/gi, '-')
    .replace(/^[.-]+/, '')
    .slice(0, 64) || 'image'

const wrong = (place: string, expected: string, found: string): DrydockError =>
  new DrydockError(`${neutraliseLine(place)}: expected ${expected}, found ${found}`, {
    code: 'BAD_TARGET',
    blame: 'usage',
  })
