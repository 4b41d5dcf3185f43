import { DrydockError } from '../common/errors.ts'
import type { AttemptName } from './attempt.ts'
import type { FileStat, KernelMessage, Place } from './place.ts'
import { attemptMs, type ProbeConnection, ProbeProblem } from './probe-connection.ts'
import {
  attemptedSchema,
  contentsSchema,
  hashesSchema,
  kernelLogSchema,
  layoutsSchema,
  linkSchema,
  linksSchema,
  namesSchema,
  parseAnswer,
  statusSchema,
} from './probe-messages.ts'

/** Paths of one request: a file may have 4 MiB, and an answer has a limit. */
const batch = 64

/** Hashing a whole image on an emulated processor. */
const hashMs = 300_000

/** Some thirty processes, on an emulated processor. */
const layoutsMs = 60_000

/** Attempts that use up what there is, on an emulated processor. */
const slowMs: Partial<Record<AttemptName, number>> = { 'fork-limit': 90_000, 'memory-limit': 90_000 }

const errnoOf = (error: unknown): string | undefined =>
  error instanceof DrydockError && error.cause instanceof ProbeProblem ? error.cause.code : undefined

/** The facility stands above the level in the number (include/linux/kern_levels.h). */
const kernelMessage = (line: string): KernelMessage => {
  const [prefix = '', number] = /^<(\d{1,4})>(?:\[[ \d.]{1,24}\] )?/.exec(line) ?? []
  return { level: number === undefined ? undefined : Number(number) % 8, text: line.slice(prefix.length) }
}

/** A place of the guest, by the name that reports and the name that the probe has for it. */
export const placeOver = (connection: ProbeConnection, name: string, place: string): Place => {
  const contents = async (paths: readonly string[]) =>
    parseAnswer(contentsSchema, await connection.ask({ op: 'read', place, paths }), 'contents of files')

  const kernelMessages = async (): Promise<readonly KernelMessage[]> => {
    const answer = await connection.ask({ op: 'kernel-log', place })
    const bytes = Buffer.from(parseAnswer(kernelLogSchema, answer, "the kernel's log"), 'base64')
    return bytes.toString('utf8').split('\n').map(kernelMessage)
  }

  return {
    name,
    async try(attempt, args, options = {}) {
      const { uid, timeoutMs = slowMs[attempt] ?? attemptMs } = options
      const answer = await connection.ask({ op: 'try', place, attempt, args, uid, timeoutMs })
      return parseAnswer(attemptedSchema, answer, `an answer to ${attempt}`)
    },
    async read(path) {
      const [content] = await contents([path])
      if (content !== undefined && content.errno === undefined) return Buffer.from(content.bytes, 'base64')
      throw new DrydockError(
        `Expected to read ${path} in ${name}, found ${content?.errno ?? 'nothing about it in the answer'}`,
        { code: 'GUEST_FILE', blame: 'guest', phase: 'check' },
      )
    },
    async readMany(paths) {
      const found = new Map<string, Buffer | string>()
      for (let start = 0; start < paths.length; start += batch) {
        for (const { path, bytes, errno } of await contents(paths.slice(start, start + batch)))
          found.set(path, errno ?? Buffer.from(bytes, 'base64'))
      }
      return found
    },
    async glob(pattern) {
      const answer = await connection.ask({ op: 'glob', place, paths: [pattern] })
      return parseAnswer(namesSchema, answer, `the names of ${pattern}`)
    },
    async stat(path): Promise<FileStat | undefined> {
      try {
        const answer = await connection.ask({ op: 'stat', place, paths: [path] })
        const status = parseAnswer(statusSchema, answer, `the status of ${path}`)
        return { ...status, device: status.device }
      } catch (error) {
        if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return undefined
        throw error
      }
    },
    async readlink(path) {
      const answer = await connection.ask({ op: 'readlink', place, paths: [path] })
      return parseAnswer(linkSchema, answer, `the target of ${path}`)
    },
    async reach(calls) {
      const args = calls.map((call) => ({
        number: call.number,
        arguments: [...call.arguments, 0, 0, 0, 0, 0].slice(0, 5),
      }))
      const answer = await connection.ask({ op: 'reach', place, args })
      const answers = parseAnswer(namesSchema, answer, 'an answer for each system call')
      return calls.map((_, index) => (answers[index] === '' ? undefined : (answers[index] ?? 'UNANSWERED')))
    },
    async links(patterns) {
      const answer = await connection.ask({ op: 'links', place, paths: patterns })
      return parseAnswer(linksSchema, answer, 'links').map(({ path, target, mount, errno }) => ({
        ...{ path, target, mount, errno },
      }))
    },
    async hashTree(paths) {
      const answer = await connection.ask({ op: 'hash', place, paths, timeoutMs: hashMs })
      return new Map(Object.entries(parseAnswer(hashesSchema, answer, 'hashes of files')))
    },
    kernelMessages,
    kernelLog: async () => (await kernelMessages()).map(({ text }) => text),
    async layouts() {
      const answer = await connection.ask({ op: 'layouts', place, timeoutMs: layoutsMs })
      return parseAnswer(layoutsSchema, answer, 'layouts of processes')
    },
  }
}
