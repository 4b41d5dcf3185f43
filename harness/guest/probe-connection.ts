import type { Duplex } from 'node:stream'
import PQueue from 'p-queue'
import { DrydockError, messageOf } from '../common/errors.ts'
import { neutraliseLine } from '../common/text.ts'
import { probeLost, readLines } from './probe-lines.ts'
import { answerSchema, type ProbeRequest, parseAnswer } from './probe-messages.ts'
import type { Shell } from './shell.ts'
import { type ChannelEnd, orAborted } from './ssh-channel.ts'
import type { SshShell } from './ssh-session.ts'

/** A way to ask the probe something; the answer is not checked yet. */
export interface ProbeConnection extends AsyncDisposable {
  ask(request: ProbeRequest): Promise<unknown>
  /** Resolves when nothing is being asked. */
  idle(): Promise<void>
}

/** The probe takes so long at most for an attempt that was given no time of its own. */
export const attemptMs = 20_000

/** What entering a container on a busy emulated processor may take on top. */
const graceMs = 90_000

/** So many requests the probe does at the same time. */
const concurrent = 4

const timeOf = (request: ProbeRequest): number => (request.timeoutMs ?? attemptMs) + graceMs

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
    throw probeLost(`Expected a line of JSON from the probe, found ${neutraliseLine(line, 120)}`, error)
  }
  return parseAnswer(answerSchema, value, 'an answer')
}

/** What carries requests to a probe and answers from it. */
export interface ProbeStream extends AsyncDisposable {
  readonly stream: Duplex
  /** Rejects once nothing more can come, and says why; never resolves. */
  readonly lost: Promise<never>
}

/** A probe that is started for this, over a channel that stays open as long as it does. */
export const spawnedStream = async (shell: SshShell, command: readonly string[]): Promise<ProbeStream> => {
  const spawned = await shell.spawn(command)
  const end = ({ exitCode, signal }: ChannelEnd): never => {
    const how = `its end (${signal ?? `exit code ${exitCode}`})`
    throw probeLost(`Expected the probe to stay, found ${how}: ${neutraliseLine(spawned.stderr(), 300)}`)
  }
  return {
    stream: spawned.stream,
    lost: spawned.ended.then(end),
    [Symbol.asyncDispose]: () => spawned[Symbol.asyncDispose](),
  }
}

/** One probe for all requests. */
export const streamConnection = (channel: ProbeStream): ProbeConnection => {
  const { stream } = channel
  const ended = new AbortController()
  const waiting = new Map<number, (answer: ReturnType<typeof parseLine>) => void>()
  // What waits here has no time running yet.
  const queue = new PQueue({ concurrency: concurrent })
  let next = 0
  const fail = (error: unknown) => {
    ended.abort(
      error instanceof DrydockError
        ? error
        : probeLost(`Expected the probe to stay, found ${messageOf(error)}`),
    )
    stream.destroy()
  }
  const stopReading = readLines(
    stream,
    (line) => {
      const answer = parseLine(line)
      waiting.get(answer.id)?.(answer)
    },
    fail,
  )
  channel.lost.catch(fail)
  const askNow = async (request: ProbeRequest): Promise<unknown> => {
    ended.signal.throwIfAborted()
    next += 1
    const id = next
    const timeout = AbortSignal.timeout(timeOf(request))
    try {
      const answer = new Promise<ReturnType<typeof parseLine>>((resolve) => waiting.set(id, resolve))
      stream.write(`${JSON.stringify({ id, ...request })}\n`)
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
    idle: () => queue.onIdle(),
    async [Symbol.asyncDispose]() {
      stopReading()
      await channel[Symbol.asyncDispose]()
    },
  }
}

const silent = (request: ProbeRequest): DrydockError =>
  new DrydockError(
    `Expected the probe to answer ${request.attempt ?? request.op} in ${request.place} within ${timeOf(request)} ms, found silence`,
    { code: 'TIMED_OUT', blame: 'guest', phase: 'check', timedOut: true },
  )

/** A new probe for each request, for shells that run one command at a time. */
export const oneShotConnection = (shell: Shell, command: readonly string[]): ProbeConnection => ({
  async ask(request) {
    const { stdout, stderr, exitCode, signal } = await shell.run(command, {
      stdin: Buffer.from(JSON.stringify({ id: 1, ...request })),
      timeoutMs: timeOf(request),
      reason: `to have the probe do ${request.attempt ?? request.op} in ${request.place}`,
    })
    if (exitCode !== 0)
      throw probeLost(
        `Expected the probe to answer, found its end (${signal ?? `exit code ${exitCode}`}): ${neutraliseLine(stderr.toString(), 300)}`,
      )
    return resultOf(parseLine(stdout.toString()))
  },
  // The shell's own queue is the only one.
  async idle() {},
  async [Symbol.asyncDispose]() {},
})
