import { type NamespaceType, namespaceTypes, type Probe, type ProcessInfo } from '../guest/probe.ts'
import type { Language } from '../image/elf.ts'
import type { Image } from '../image/image.ts'
import { elfInventory } from './elf-inventory.ts'
import { fileAtRest, type RunningCode, runningCode } from './running-code.ts'

/** A process that runs for as long as the image does. */
export interface Daemon {
  readonly process: ProcessInfo
  /** The file of the image that it runs; undefined where the image has no such file. */
  readonly program: string | undefined
  /** What its program is written in; undefined where the file does not tell. */
  readonly language: Language | undefined
  /** Namespaces that it does not share with pid 1. */
  readonly ownNamespaces: readonly NamespaceType[]
}

const ownNamespaces = (
  { namespaces }: ProcessInfo,
  init: ProcessInfo | undefined,
): readonly NamespaceType[] =>
  namespaceTypes.filter(
    (type) => namespaces[type] !== undefined && namespaces[type] !== init?.namespaces[type],
  )

const programOf = ({ code }: { readonly code: readonly RunningCode[] }, pid: number): string | undefined => {
  const own = code.find(({ process, mapping }) => process.pid === pid && mapping.start === 'exe')
  return own === undefined ? undefined : (fileAtRest(own) ?? own.atRest[0])
}

/** Vantages inside and at rest: every process of the booted guest but the kernel's threads and the probe's own. */
export const daemons = async (probe: Probe, image: Image): Promise<readonly Daemon[]> => {
  const running = await runningCode(probe, image)
  const { programs } = await elfInventory(image)
  const processes = new Map(running.code.map(({ process }) => [process.pid, process]))
  return [...processes.values()].map((process) => {
    const program = programOf(running, process.pid)
    return {
      process,
      program,
      language: programs.find(({ subject }) => subject === program)?.elf.language,
      ownNamespaces: ownNamespaces(process, processes.get(1)),
    }
  })
}
