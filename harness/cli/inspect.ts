import { stat } from 'node:fs/promises'
import { exitCodeOf } from '../common/errors.ts'
import { openArtefact, type Part } from '../image/open-artefact.ts'
import type { GuestSpec } from '../target/target.ts'
import { errorText } from './error-text.ts'
import { type PartReport, reportOf } from './inspect/report.ts'
import { asText } from './inspect/text.ts'
import { printOut } from './print-out.ts'
import { isTargetFile } from './target-choice.ts'

const exists = async (path: string): Promise<boolean> =>
  await stat(path).then(
    () => true,
    () => false,
  )

/** The artefacts of one architecture of a target. */
const openSpec = async (name: string, spec: GuestSpec): Promise<Part> => {
  const paths = [spec.kernel, spec.initrd].filter((path) => path !== undefined)
  const parts: Part[] = []
  for (const path of [...paths, ...spec.disks.map((disk) => disk.path)]) parts.push(await openArtefact(path))
  const size = parts.reduce((sum, part) => sum + part.size, 0)
  return {
    name: `${name} for ${spec.architecture}`,
    format: 'target',
    size,
    details: {},
    cmdline: spec.cmdline,
    parts,
  }
}

/** A path, a target file, or the prefix of LinuxKit's output files. */
const open = async (argument: string): Promise<Part[]> => {
  if (!isTargetFile(argument) && (await exists(argument))) return [await openArtefact(argument)]
  const { targetOf } = await import('./target-options.ts')
  const { name, guests } = await targetOf(argument, {})
  const parts: Part[] = []
  for (const spec of Object.values(guests)) parts.push(await openSpec(name, spec))
  return parts
}

/** `drydock inspect`: says what artefacts are and hold; gives the exit code, not 0 where one cannot be opened. */
export const inspect = async (
  artefacts: readonly string[],
  { json }: { readonly json?: boolean },
): Promise<number> => {
  const reports: PartReport[] = []
  let exitCode = 0
  for (const [index, artefact] of artefacts.entries()) {
    try {
      for (const part of await open(artefact)) {
        const report = await reportOf(part)
        if (json === true) reports.push(report)
        else printOut(`${index > 0 ? '\n' : ''}${asText(report)}\n`)
      }
    } catch (error) {
      exitCode = Math.max(exitCode, exitCodeOf(error))
      process.stderr.write(`${errorText(error)}\n`)
    }
  }
  if (json === true) printOut(`${JSON.stringify(reports, undefined, 2)}\n`)
  return exitCode
}
