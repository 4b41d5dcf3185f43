import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { basename } from 'node:path'
import picomatch from 'picomatch'
import { DrydockError } from '../../common/errors.ts'
import { type DiskFormat, readDiskImage } from '../../target/target.ts'
import { machineArchitectures } from '../architectures.ts'
import type { Qemu } from '../qemu.ts'
import type { FirmwareDescriptor } from './descriptor.ts'
import { descriptorFolders, readDescriptors } from './descriptor-files.ts'

/** A file that QEMU maps into a flash chip. */
export interface FlashFile {
  readonly path: string
  readonly format: DiskFormat
  /** Bytes of the chip's contents as far as the file has them. */
  readonly diskBytes: number
}

/** UEFI firmware of the host. Neither file is ever written to. */
export interface Firmware {
  /** Path of its descriptor. */
  readonly descriptor: string
  readonly description: string
  readonly code: FlashFile
  /** The variables that a new guest starts with. */
  readonly variables: FlashFile
}

/**
 * Features whose demands are not met here: system management mode and its protected flash, and a kernel that the enrolled
 * keys have signed.
 */
const unwanted = ['requires-smm', 'enrolled-keys'] as const

/**
 * Finds UEFI firmware for QEMU's machine by the descriptors of the host.
 * @throws `FIRMWARE_MISSING` (testbed) with the Debian package, and what kept each descriptor of the architecture from being used
 */
export const findFirmware = async (
  qemu: Qemu,
  folders: readonly string[] = descriptorFolders(qemu.path),
): Promise<Firmware> => {
  const { firmware: wanted } = machineArchitectures[qemu.architecture]
  const machine = `${wanted.machine}${qemu.version.split('.').slice(0, 2).join('.')}`
  const rejected: string[] = []
  for (const { path, content } of await readDescriptors(folders)) {
    const firmware =
      'problem' in content
        ? content
        : await firmwareOf(path, content, { architecture: wanted.target, machine })
    if (firmware === undefined) continue
    if (!('problem' in firmware)) return firmware
    rejected.push(`${basename(path)} ${firmware.problem}`)
  }
  const found = rejected.length === 0 ? 'none' : rejected.slice(0, mostReasons).join('; ')
  throw new DrydockError(
    `expected UEFI firmware for ${qemu.architecture} (machine ${machine}) in ${folders.join(', ')}, found: ${found}`,
    {
      code: 'FIRMWARE_MISSING',
      blame: 'testbed',
      phase: 'prepare',
      hint: `Install it with: apt-get install --no-install-recommends ${wanted.debianPackage}`,
    },
  )
}

const mostReasons = 8

/** The firmware that a descriptor speaks of, or why it cannot be used; undefined where it is for other machines. */
const firmwareOf = async (
  path: string,
  { description, mapping, features, targets, ...rest }: FirmwareDescriptor,
  wanted: { readonly architecture: string; readonly machine: string },
): Promise<Firmware | { readonly problem: string } | undefined> => {
  const fits = targets.some(
    ({ architecture, machines }) =>
      architecture === wanted.architecture && picomatch.isMatch(wanted.machine, [...machines]),
  )
  if (!fits || !rest['interface-types'].includes('uefi')) return undefined
  const demand = unwanted.find((feature) => features.includes(feature))
  if (demand !== undefined) return { problem: `has the feature ${demand}` }
  if (mapping.device !== 'flash') return { problem: `is mapped as ${mapping.device}, not as flash` }
  const template = mapping['nvram-template']
  if (mapping.mode !== 'split' || template === undefined)
    return { problem: `has no variables of its own (mode ${mapping.mode})` }
  const code = await flashFile(mapping.executable)
  if ('problem' in code) return code
  const variables = await flashFile(template)
  if ('problem' in variables) return variables
  return { descriptor: path, description, code, variables }
}

const flashFile = async ({
  filename: path,
  format,
}: {
  filename: string
  format: string
}): Promise<FlashFile | { readonly problem: string }> => {
  try {
    await access(path, constants.R_OK)
    const image = await readDiskImage(path)
    if ('problem' in image) return { problem: `names ${path}, ${image.problem}` }
    if (image.format !== format) return { problem: `says that ${path} is ${format}, it is ${image.format}` }
    if (image.diskBytes === 0) return { problem: `names ${path}, which is empty` }
    return { path, ...image }
  } catch {
    return { problem: `names ${path}, which is not there or may not be read` }
  }
}
