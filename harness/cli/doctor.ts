import { access, constants } from 'node:fs/promises'
import { arch, cpus, freemem, release, totalmem } from 'node:os'
import which from 'which'
import { type Architecture, architectures } from '../common/architecture.ts'
import { cachePath } from '../common/cache.ts'
import { DrydockError, messageOf } from '../common/errors.ts'
import { decideAccelerator } from '../machine/accelerator.ts'
import { findFirmware } from '../machine/firmware/find-firmware.ts'
import { findQemu } from '../machine/qemu.ts'
import { packageOfProgram } from './programs.mjs'

/** One thing that was looked at. */
interface Finding {
  readonly subject: string
  readonly found: string
  /** Whether Drydock can do its work with it as it is. */
  readonly good: boolean
}

const mebibytes = (bytes: number): string => `${Math.round(bytes / 2 ** 20)} MiB`

const host = (): readonly Finding[] => [
  { subject: 'node', found: process.version, good: true },
  { subject: 'host', found: `Linux ${release()} on ${arch()}, ${cpus().length} processors`, good: true },
  { subject: 'memory', found: `${mebibytes(freemem())} free of ${mebibytes(totalmem())}`, good: true },
]

const accelerator = async (architecture: Architecture): Promise<readonly Finding[]> => {
  try {
    const qemu = await findQemu(architecture)
    const { used, reason } = await decideAccelerator(qemu, architecture, 'prefer')
    return [
      { subject: `QEMU for ${architecture}`, found: `${qemu.version} (${qemu.path})`, good: true },
      { subject: `accelerator for ${architecture}`, found: `${used}: ${reason}`, good: true },
    ]
  } catch (error) {
    const found = error instanceof DrydockError ? error.message.replace('\n', ' ') : messageOf(error)
    return [{ subject: `QEMU for ${architecture}`, found, good: false }]
  }
}

/** What targets with `firmware: uefi` would be started by. */
const firmware = async (architecture: Architecture): Promise<Finding> => {
  const subject = `UEFI for ${architecture}`
  try {
    const { code, description } = await findFirmware(await findQemu(architecture))
    return { subject, found: `${code.path} (${description})`, good: true }
  } catch (error) {
    return { subject, found: messageOf(error).replaceAll('\n', ' '), good: false }
  }
}

const tools = (): Promise<readonly Finding[]> =>
  Promise.all(
    Object.entries(packageOfProgram)
      .filter(([program]) => !program.startsWith('qemu-'))
      .map(async ([program, name]): Promise<Finding> => {
        const path = await which(program, { nothrow: true })
        return path === null
          ? { subject: program, found: `missing: apt-get install ${name}`, good: false }
          : { subject: program, found: path, good: true }
      }),
  )

const cache = async (): Promise<Finding> => {
  const path = cachePath()
  const reason = await access(path, constants.W_OK).then(
    () => 'writable',
    (error: NodeJS.ErrnoException) => (error.code === 'ENOENT' ? 'not made yet' : messageOf(error)),
  )
  return {
    subject: 'cache',
    found: `${path} (${reason})`,
    good: reason === 'writable' || reason === 'not made yet',
  }
}

const asText = (findings: readonly Finding[]): string => {
  const width = Math.max(...findings.map(({ subject }) => subject.length))
  return findings
    .map(({ subject, found, good }) => `${good ? 'ok     ' : 'MISSING'}  ${subject.padEnd(width)}  ${found}`)
    .join('\n')
}

/** `drydock doctor`; gives the exit code, 3 where something is missing. */
export const doctor = async ({ json }: { readonly json?: boolean }): Promise<number> => {
  const findings = [...host()]
  // One after the other: a smoke boot that has company on the processor says less.
  for (const architecture of architectures) {
    findings.push(...(await accelerator(architecture)), await firmware(architecture))
  }
  findings.push(...(await tools()), await cache())
  process.stdout.write(`${json === true ? JSON.stringify(findings, undefined, 2) : asText(findings)}\n`)
  return findings.every(({ good }) => good) ? 0 : 3
}
