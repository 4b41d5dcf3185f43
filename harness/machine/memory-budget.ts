import { watch } from 'node:fs'
import { totalmem } from 'node:os'
import { cachePath } from '../common/cache.ts'
import { DrydockError } from '../common/errors.ts'
import { withLock } from '../common/lock.ts'
import {
  addTicket,
  dropTicket,
  liveTickets,
  makeTicketDirectory,
  outstanding,
  type Ticket,
  writeTicket,
} from './memory/tickets.ts'
import { atExit } from './process/exit-cleanup.ts'

export interface MemoryRequest {
  /** The guest's memory. */
  readonly mebibytes: number
  /** What QEMU itself takes: its translation cache, device models and heap. @default 320 */
  readonly overheadMebibytes?: number
  /** Milliseconds until `MEMORY_UNAVAILABLE` is thrown. @default 600000 */
  readonly deadlineMs?: number | undefined
  readonly signal?: AbortSignal | undefined
  /** Called with the reason whenever it has to wait for another one. */
  readonly onWait?: ((reason: string) => void) | undefined
}

/** What is looked at; tests give their own. */
export interface MemoryHost {
  /** Where the tickets of all processes lie. */
  readonly directory: string
  /** Bytes that could be taken now without swapping, control group limits included. */
  available(): number
  /** Bytes that there are at all. */
  readonly total: number
}

/** Memory that is set aside for one guest until it is disposed of, or its process ends in whatever way. */
export interface MemoryReservation extends AsyncDisposable {
  /** Names the file on a tmpfs that is the guest's memory, so that what it takes is not counted twice. */
  backedBy(memoryFile: string): Promise<void>
}

const mebibyte = 1024 * 1024
const defaultOverhead = 320
/** Left to the host. */
const reserve = 256 * mebibyte
const defaultDeadlineMs = 600_000
/** Other programs free memory, and owners die, without a sign in the directory. */
const lookAgainMs = 500

const thisHost = (): MemoryHost => {
  const constrained = process.constrainedMemory()
  return {
    directory: cachePath('memory-budget'),
    available: () => process.availableMemory(),
    total: constrained > 0 ? Math.min(constrained, totalmem()) : totalmem(),
  }
}

/**
 * Waits until the guest fits beside all others on this host, whichever process owns them; first come, first served.
 * Throws `MEMORY_TOO_SMALL` where it never can, and `MEMORY_UNAVAILABLE` after the deadline.
 */
export const reserveMemory = async (
  request: MemoryRequest,
  host: MemoryHost = thisHost(),
): Promise<MemoryReservation> => {
  const bytes = (request.mebibytes + (request.overheadMebibytes ?? defaultOverhead)) * mebibyte
  if (bytes + reserve > host.total) throw tooSmall(bytes, host.total)
  await makeTicketDirectory(host.directory)
  const locked = <Result>(work: () => Promise<Result>) => withLock(`${host.directory}.lock`, work)
  const ticket = await locked(() => addTicket(host.directory, bytes))
  const forget = atExit(() => dropTicket(ticket))
  const release = () => {
    dropTicket(ticket)
    forget()
  }
  try {
    await untilGranted(() => locked(() => tryGrant(ticket, host)), request, host.directory)
  } catch (error) {
    release()
    throw error
  }
  return {
    backedBy: (memoryFile) => locked(() => writeTicket({ ...ticket, granted: true, memoryFile })),
    [Symbol.asyncDispose]: async () => release(),
  }
}

/** Grants the ticket where it can be; else says why not. */
const tryGrant = async (ticket: Ticket, host: MemoryHost): Promise<string | undefined> => {
  const others = (await liveTickets(host.directory)).filter(({ path }) => path !== ticket.path)
  const ahead = others.filter(({ granted, number }) => !granted && number < ticket.number)
  if (ahead.length > 0) return `${ahead.length} guest(s) that came earlier wait for memory`
  const running = others.filter(({ granted }) => granted)
  const promised = await Promise.all(running.map(outstanding))
  const free = host.available() - reserve - promised.reduce((sum, each) => sum + each, 0)
  if (ticket.bytes > free) {
    return `the guest needs ${show(ticket.bytes)} with QEMU's own, ${show(Math.max(0, free))} are free beside ${running.length} running guest(s)`
  }
  await writeTicket({ ...ticket, granted: true })
  return undefined
}

const untilGranted = async (
  attempt: () => Promise<string | undefined>,
  { deadlineMs = defaultDeadlineMs, signal, onWait }: MemoryRequest,
  directory: string,
): Promise<void> => {
  const end = performance.now() + deadlineMs
  let told: string | undefined
  for (;;) {
    signal?.throwIfAborted()
    using change = nextChange(directory, lookAgainMs, signal)
    const reason = await attempt()
    if (reason === undefined) return
    if (performance.now() >= end) throw unavailable(reason, deadlineMs)
    if (reason !== told) onWait?.(reason)
    told = reason
    await change.happened
  }
}

/** Resolves at the next change in `directory`, after `atMostMs`, or when `signal` aborts. */
const nextChange = (directory: string, atMostMs: number, signal: AbortSignal | undefined) => {
  const { promise, resolve } = Promise.withResolvers<void>()
  const wake = () => resolve()
  const watcher = watch(directory, wake).on('error', wake)
  const timer = setTimeout(wake, atMostMs)
  signal?.addEventListener('abort', wake)
  return {
    happened: promise,
    [Symbol.dispose]() {
      watcher.close()
      clearTimeout(timer)
      signal?.removeEventListener('abort', wake)
    },
  }
}

const show = (bytes: number) => `${Math.round(bytes / mebibyte)} MiB`

const tooSmall = (bytes: number, total: number) =>
  new DrydockError(
    `expected a host with ${show(bytes + reserve)} of memory for this guest, found ${show(total)}`,
    {
      code: 'MEMORY_TOO_SMALL',
      blame: 'testbed',
      phase: 'prepare',
      hint: 'Give the guest less memory (memory: in the target file, or --memory).',
    },
  )

const unavailable = (reason: string, deadlineMs: number) =>
  new DrydockError(`expected enough free memory for the guest within ${deadlineMs} ms: ${reason}`, {
    code: 'MEMORY_UNAVAILABLE',
    blame: 'testbed',
    phase: 'prepare',
    timedOut: true,
    hint: 'Wait for other guests to end, or free memory on the host.',
  })
