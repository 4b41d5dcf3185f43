import { StringDecoder } from 'node:string_decoder'
import PQueue from 'p-queue'
import { DrydockError, messageOf } from '../common/errors.ts'
import { neutraliseLine } from '../common/text.ts'
import { answerLimit, answerSchema, type ProbeRequest, parseAnswer } from './probe-messages.ts'
import type { Shell } from './shell.ts'
import { orAborted } from './ssh-channel.ts'
import type { SpawnedCommand, SshShell } from './ssh-session.ts'

/** A way to ask the probe something; the answer is not checked yet. */
export interface ProbeConnection extends AsyncDisposable {
  ask(request: ProbeRequest): Promise<unknown>
}

/** The probe takes so long at most for an attempt that was given no time of its own. */
export const attemptMs = 20_000

/** What entering a container on a busy emulated processor may take on top. */
const graceMs = 90_000

/** So many requests the probe does at the same time. */
const concurrent = 4

const timeOf = (request: ProbeRequest): number => (request.timeoutMs ?? attemptMs) + graceMs

const broken = (message: string, cause?: unknown): DrydockError =>
  new DrydockError(message, { code: 'PROBE_LOST', blame: 'guest', phase: 'check', cause })

const codes: Readonly<Record<string, { readonly code: string; readonly blame: 'testbed' | 'guest' }>> = {
  BAD_REQUEST: { code: 'PROBE_REQUEST', blame: 'testbed' },
  UNREACHABLE: { code: 'PLACE_UNREACHABLE', blame: 'guest' },
  TIMED_OUT: { code: 'TIMED_OUT', blame: 'guest' },
}

/** The result in an answer; the probe's error is thrown as code `GUEST_FILE`, or one of the codes above. */
export const resultOf = (answer: ReturnType<typeof answerSchema.parse>): unknown => {
  if ('result' in answer) return answer.result
  const { code, message } = answer.error
  throw new DrydockError(`Expected an answer of the probe, found: ${neutraliseLine(message)}`, {
    ...(codes[code] ?? { code: 'GUEST_FILE', blame: 'guest' }),
    phase: 'check',
    timedOut: code === 'TIMED_OUT',
    cause: new ProbeProblem(code, message),
  })
}

/** The probe's own error: the name of an errno, BAD_REQUEST, UNREACHABLE or TIMED_OUT. */
export class ProbeProblem extends Error {
  readonly code: string
  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

const parseLine = (line: string) => {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch (error) {
    throw broken(`Expected a line of JSON from the probe, found ${neutraliseLine(line, 120)}`, error)
  }
  return parseAnswer(answerSchema, value, 'an answer')
}

/** One probe for all requests, over a channel that stays open. */
export const streamConnection = async (
  shell: SshShell,
  command: readonly string[],
): Promise<ProbeConnection> => {
  const spawned = await shell.spawn(command)
  const ended = new AbortController()
  const waiting = new Map<number, (answer: ReturnType<typeof parseLine>) => void>()
  // What waits here has no time running yet.
  const queue = new PQueue({ concurrency: concurrent })
  let next = 0
  readLines(
    spawned,
    (line) => {
      const answer = parseLine(line)
      waiting.get(answer.id)?.(answer)
    },
    (error) => ended.abort(error),
  )
  const askNow = async (request: ProbeRequest): Promise<unknown> => {
    ended.signal.throwIfAborted()
    next += 1
    const id = next
    const timeout = AbortSignal.timeout(timeOf(request))
    try {
      const answer = new Promise<ReturnType<typeof parseLine>>((resolve) => waiting.set(id, resolve))
      spawned.stream.write(`${JSON.stringify({ id, ...request })}\n`)
      return resultOf(await orAborted(answer, AbortSignal.any([ended.signal, timeout])))
    } catch (error) {
      if (error === timeout.reason && timeout.aborted) throw silent(request)
      throw error
    } finally {
      waiting.delete(id)
    }
  }
  return {
    ask: (request) => queue.add(() => askNow(request)),
    async [Symbol.asyncDispose]() {
      await spawned[Symbol.asyncDispose]()
    },
  }
}

const silent = (request: ProbeRequest): DrydockError =>
  new DrydockError(
    `Expected the probe to answer ${request.attempt ?? request.op} in ${request.place} within ${timeOf(request)} ms, found silence`,
    { code: 'TIMED_OUT', blame: 'guest', phase: 'check', timedOut: true },
  )

const readLines = (
  spawned: SpawnedCommand,
  onLine: (line: string) => void,
  onEnd: (error: DrydockError) => void,
): void => {
  const decoder = new StringDecoder('utf8')
  let pieces: string[] = []
  let length = 0
  const fail = (error: unknown) => {
    onEnd(
      error instanceof DrydockError ? error : broken(`Expected the probe to stay, found ${messageOf(error)}`),
    )
    spawned.stream.destroy()
  }
  spawned.stream.on('data', (chunk: Buffer) => {
    try {
      const [first = '', ...rest] = decoder.write(chunk).split('\n')
      length += first.length
      if (length > answerLimit)
        throw broken(`Expected an answer of at most ${answerLimit} characters, found more`)
      pieces.push(first)
      for (const piece of rest) {
        onLine(pieces.join(''))
        pieces = [piece]
        length = piece.length
      }
    } catch (error) {
      fail(error)
    }
  })
  spawned.ended.then(
    ({ exitCode, signal }) =>
      fail(`its end (${signal ?? `exit code ${exitCode}`}): ${neutraliseLine(spawned.stderr(), 300)}`),
    fail,
  )
}

/** A new probe for each request, for shells that run one command at a time. */
export const oneShotConnection = (shell: Shell, command: readonly string[]): ProbeConnection => ({
  async ask(request) {
    const { stdout, stderr, exitCode, signal } = await shell.run(command, {
      stdin: Buffer.from(JSON.stringify({ id: 1, ...request })),
      timeoutMs: timeOf(request),
      reason: `to have the probe do ${request.attempt ?? request.op} in ${request.place}`,
    })
    if (exitCode !== 0)
      throw broken(
        `Expected the probe to answer, found its end (${signal ?? `exit code ${exitCode}`}): ${neutraliseLine(stderr.toString(), 300)}`,
      )
    return resultOf(parseLine(stdout.toString()))
  },
  async [Symbol.asyncDispose]() {},
})
