import type { ExecutableMapping, Probe, ProcessInfo } from '../guest/probe.ts'
import type { Image } from '../image/image.ts'
import { type AtRestHashes, hashAtRest } from './at-rest-files.ts'

/** Code that a process can run. */
export interface RunningCode {
  readonly process: ProcessInfo
  readonly mapping: ExecutableMapping
  /** Files of the image at rest that have the same content. */
  readonly atRest: readonly string[]
}

export interface RunningCodeFacts {
  readonly code: readonly RunningCode[]
  /** Files of the image that could not be compared. */
  readonly unread: AtRestHashes['unread']
}

/** How a process is called in evidence: its program, and where it runs. */
export const processName = ({ exe, comm, container }: ProcessInfo): string =>
  container === undefined ? (exe ?? comm) : `${container}:${exe ?? comm}`

const known = new WeakMap<Probe, Promise<RunningCodeFacts>>()

/**
 * Vantages inside and at rest: what every process of the guest can run, and which files of the image that is. Asked
 * once of each guest: the programs have to be hashed in it.
 */
export const runningCode = (probe: Probe, image: Image): Promise<RunningCodeFacts> => {
  const facts = known.get(probe) ?? lookAt(probe, image)
  known.set(probe, facts)
  return facts
}

const lookAt = async (probe: Probe, image: Image): Promise<RunningCodeFacts> => {
  const processes = new Map((await probe.processes()).map((process) => [process.pid, process]))
  const running = await probe.runningCode()
  const sizes = new Set(running.flatMap(({ mappings }) => mappings.flatMap(({ file }) => file?.size ?? [])))
  const { bySha256, unread } = await hashAtRest(image, sizes)
  const code = running.flatMap(({ pid, mappings }) => {
    const process = processes.get(pid)
    // Between the two questions a process may have ended or begun.
    if (process === undefined) return []
    return mappings.map((mapping) => ({
      process,
      mapping,
      atRest: bySha256.get(mapping.file?.sha256 ?? '') ?? [],
    }))
  })
  return { code, unread }
}

// Memory that the kernel itself maps into every process, the same in all.
const kernelAreas: ReadonlySet<string> = new Set(['[vdso]', '[vsyscall]', '[sigpage]'])

/** Whether memory that can be run is the kernel's own. */
export const isKernelArea = ({ name, file, errno, permissions }: ExecutableMapping): boolean =>
  file === undefined && errno === undefined && permissions[1] !== 'w' && kernelAreas.has(name)

/** Whether the memory has neither a file nor the kernel behind it: a stack, a heap, what a program makes at run time. */
export const isAnonymous = (mapping: ExecutableMapping): boolean =>
  mapping.file === undefined && mapping.errno === undefined && !isKernelArea(mapping)

const deletedMark = / \(deleted\)$/

/** The file of the image that is mapped under its own name, as the process sees it. */
export const fileAtRest = ({ mapping, atRest }: RunningCode): string | undefined => {
  const name = mapping.name.replace(deletedMark, '')
  return name.startsWith('/') ? atRest.find((subject) => subject.endsWith(name)) : undefined
}

/**
 * runc runs itself from a sealed copy in memory, so that no container can write to its file (CVE-2019-5736). Such a
 * copy is known by its name and by the content of the runc at rest.
 */
export const isCopyOfRunc = ({ mapping, atRest }: RunningCode): boolean =>
  /^\/memfd:runc_cloned:/.test(mapping.name) &&
  mapping.file?.links === 0 &&
  atRest.some((subject) => subject.endsWith('/runc'))
