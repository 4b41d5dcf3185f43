import { dirname, resolve } from 'node:path'
import { type Architecture, architectures } from '../common/architecture.ts'
import type { DrydockError } from '../common/errors.ts'
import { readYamlFile, type YamlFile } from '../common/yaml-file.ts'
import {
  defaultCommandLine,
  expectedCommandLine,
  problemWithCommandLine,
  trimCommandLine,
} from './command-line.ts'
import { readDiskImage } from './disk-image.ts'
import type { GuestDisk, GuestSpec, Login, Metadata, Target } from './guest-spec.ts'
import { problemWithFile, readLatin1 } from './regular-file.ts'
import { type GuestFile, type LoginFile, type TargetFile, targetSchema } from './target-schema.ts'

/** Says from its bytes which architecture a kernel is for; throws a `usage` error where it is no kernel. */
export type ArchitectureDetector = (kernelPath: string) => Promise<Architecture>

/**
 * Reads a target file; checks that every file it names is there before anything is started.
 * @param detect where given, kernels of another architecture than the file says are refused
 * @throws errors of blame `usage`, one line each: `FILE:LINE: expected ..., found ...`
 */
export const loadTarget = async (path: string, detect?: ArchitectureDetector): Promise<Target> => {
  const file = await readYamlFile(path, targetSchema)
  const guests: Partial<Record<Architecture, GuestSpec>> = {}
  for (const architecture of architectures) {
    const guest = file.value.architectures[architecture]
    if (guest !== undefined) guests[architecture] = await specOf(file, architecture, guest, detect)
  }
  return {
    name: file.value.name,
    source: path,
    guests,
    policyPath: await fileAt(file, ['policy'], file.value.policy),
  }
}

const specOf = async (
  file: YamlFile<TargetFile>,
  architecture: Architecture,
  guest: GuestFile,
  detect: ArchitectureDetector | undefined,
): Promise<GuestSpec> => {
  const keys = ['architectures', architecture]
  const { value } = file
  const firmware = guest.firmware ?? value.firmware ?? 'none'
  checkStart(file, keys, { ...guest, firmware })
  const kernel = await fileAt(file, [...keys, 'kernel'], guest.kernel)
  if (kernel !== undefined)
    await checkArchitecture(file, [...keys, 'kernel'], { kernel, architecture, detect })
  const login = loginOf(guest.login ?? value.login)
  return {
    architecture,
    kernel,
    initrd: await fileAt(file, [...keys, 'initrd'], guest.initrd),
    cmdline: kernel === undefined ? '' : await commandLineOf(file, architecture, guest),
    kernelConfig: await fileAt(file, [...keys, 'kernelConfig'], guest.kernelConfig),
    firmware,
    disks: await disksOf(file, [...keys, 'disks'], guest.disks ?? []),
    memoryMiB: guest.memory ?? value.memory ?? 512,
    cpus: guest.cpus ?? value.cpus ?? 1,
    cpu: guest.cpu,
    ...(guest.deviceTreeSeed === undefined ? {} : { deviceTreeSeed: guest.deviceTreeSeed }),
    metadata: metadataOf(file, keys, guest, login),
    login,
  }
}

/** Without a kernel it is firmware that starts the guest, from a disk that has its own idea of a command line. */
const checkStart = (file: YamlFile<TargetFile>, keys: readonly string[], guest: GuestFile): void => {
  const { firmware } = guest
  if (firmware === 'bios' && keys.at(-1) !== 'x86_64')
    throw file.problem(
      keys,
      '`firmware: uefi` or `firmware: none`, as only x86_64 has a BIOS',
      '`firmware: bios`',
    )
  if (guest.kernel !== undefined) return
  if ((guest.disks ?? []).length === 0)
    throw file.problem(keys, 'the key `kernel`, or `disks` that firmware starts', 'neither')
  if (firmware === 'none')
    throw file.problem(
      keys,
      '`firmware: uefi` or `firmware: bios`, which starts the disks',
      'neither that nor a kernel',
    )
  const idle = (['initrd', 'cmdline', 'cmdlineFile'] as const).find((key) => guest[key] !== undefined)
  if (idle !== undefined)
    throw file.problem([...keys, idle], `a kernel that \`${idle}\` is for`, 'disks that start by themselves')
}

const requiredFileAt = async (
  file: YamlFile<TargetFile>,
  keys: readonly PropertyKey[],
  path: string,
): Promise<string> => {
  const absolute = resolve(dirname(file.path), path)
  const problem = await problemWithFile(absolute)
  if (problem !== undefined) throw file.problem(keys, `a file for \`${String(keys.at(-1))}\``, problem)
  return absolute
}

const fileAt = async (
  file: YamlFile<TargetFile>,
  keys: readonly string[],
  path: string | undefined,
): Promise<string | undefined> => (path === undefined ? undefined : await requiredFileAt(file, keys, path))

const disksOf = async (
  file: YamlFile<TargetFile>,
  keys: readonly string[],
  disks: NonNullable<GuestFile['disks']>,
): Promise<readonly GuestDisk[]> => {
  const found: GuestDisk[] = []
  for (const [index, disk] of disks.entries()) {
    const place = [...keys, index, 'path']
    const path = await requiredFileAt(file, place, disk.path)
    const image = await readDiskImage(path)
    if ('problem' in image)
      throw file.problem(place, 'a disk image that stands alone', `${image.problem} at ${path}`)
    const { medium } = disk
    found.push({ path, format: image.format, ...(medium === undefined ? {} : { medium }) })
  }
  return found
}

const checkArchitecture = async (
  file: YamlFile<TargetFile>,
  keys: readonly string[],
  kernel: { kernel: string; architecture: Architecture; detect: ArchitectureDetector | undefined },
): Promise<void> => {
  const found = await kernel.detect?.(kernel.kernel)
  if (found === undefined || found === kernel.architecture) return
  throw file.problem(keys, `a kernel for ${kernel.architecture}`, `one for ${found} at ${kernel.kernel}`)
}

const commandLineOf = async (
  file: YamlFile<TargetFile>,
  architecture: Architecture,
  guest: GuestFile,
): Promise<string> => {
  const keys = ['architectures', architecture]
  if (guest.cmdline !== undefined && guest.cmdlineFile !== undefined) {
    throw file.problem([...keys, 'cmdlineFile'], '`cmdline` or `cmdlineFile`', 'both')
  }
  if (guest.cmdlineFile !== undefined) {
    const path = await requiredFileAt(file, [...keys, 'cmdlineFile'], guest.cmdlineFile)
    return checkedCommandLine(await readLatin1(path), (found) =>
      file.problem([...keys, 'cmdlineFile'], expectedCommandLine, `${found} in ${path}`),
    )
  }
  const text = guest.cmdline ?? file.value.cmdline ?? defaultCommandLine[architecture]
  const place = guest.cmdline === undefined ? ['cmdline'] : [...keys, 'cmdline']
  return checkedCommandLine(text, (found) => file.problem(place, expectedCommandLine, found))
}

const checkedCommandLine = (text: string, error: (found: string) => DrydockError): string => {
  const cmdline = trimCommandLine(text)
  const problem = problemWithCommandLine(cmdline)
  if (problem !== undefined) throw error(problem)
  return cmdline
}

const metadataOf = (
  file: YamlFile<TargetFile>,
  keys: readonly string[],
  guest: GuestFile,
  login: Login,
): Metadata => {
  const asked = guest.metadata ?? file.value.metadata
  if (asked === 'none' && login.ssh !== undefined) {
    const place = guest.metadata === undefined ? ['metadata'] : [...keys, 'metadata']
    throw file.problem(place, '"iso", the only way the key of `login.ssh` reaches the image', '"none"')
  }
  return asked ?? (login.ssh === undefined ? 'none' : 'iso')
}

const loginOf = (login: LoginFile | undefined): Login => {
  if (login === undefined || login === 'none') return {}
  const { ssh, serial } = login
  return {
    ...(ssh === undefined ? {} : { ssh }),
    ...(serial === undefined
      ? {}
      : {
          serial: {
            user: serial.user,
            line: serial.line,
            ...(serial.password === undefined ? {} : { password: serial.password }),
          },
        }),
  }
}
