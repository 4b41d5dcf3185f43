import { type ChildProcess, spawn } from 'node:child_process'
import { Duplex } from 'node:stream'
import { DrydockError } from '../../common/errors.ts'
import type { Command } from './confinement.ts'
import { atExit } from './exit-cleanup.ts'

/** How a process ended. */
export interface ProcessExit {
  /** 0..255, or null where a signal ended it. */
  readonly code: number | null
  /** For example `SIGKILL`; null where it exited. */
  readonly signal: NodeJS.Signals | null
  /** The end of what it wrote on standard error. */
  readonly stderr: string
}

export interface QemuProcess<Stream extends string = never> {
  readonly pid: number
  /** Our ends of the sockets that were asked for. */
  readonly streams: Readonly<Record<Stream, Duplex>>
  readonly exited: Promise<ProcessExit>
  stderr(): string
  /** Kills it at once; `exited` follows. */
  kill(): void
}

/** What the process inherits, from descriptor 3 on: first a socket to us for each name, then our descriptors. */
export interface Inherited<Stream extends string> {
  readonly streams: readonly Stream[]
  readonly descriptors?: readonly number[]
}

export const firstInherited = 3
const stderrLimit = 16 * 1024

/**
 * Starts QEMU with sockets that exist before it does: no path, no port, nothing to wait for.
 * Plain node:child_process, since execa ends such sockets when the process does, with console bytes still unread.
 */
export const spawnQemu = async <Stream extends string>(
  command: Command,
  { streams, descriptors = [] }: Inherited<Stream>,
): Promise<QemuProcess<Stream>> => {
  const child = spawn(command.file, command.args, {
    stdio: ['ignore', 'ignore', 'pipe', ...streams.map(() => 'pipe' as const), ...descriptors],
    // A Ctrl-C at the terminal is for us: QEMU is then stopped in order.
    detached: true,
    cwd: '/',
    // Tokens of ours are nothing for a guest that breaks into QEMU.
    env: { PATH: process.env.PATH, LC_ALL: 'C' },
  })
  const stderr = tailOf(child)
  const exited = exitOf(child, stderr)
  const { pid } = child
  if (pid === undefined) throw await exited.catch((error: unknown) => error)
  const kill = () => child.kill('SIGKILL')
  const forget = atExit(kill)
  child.once('exit', forget)
  const named = streams.map((name, index) => [name, streamOf(child, firstInherited + index)] as const)
  return { pid, streams: Object.fromEntries(named) as Record<Stream, Duplex>, exited, stderr, kill }
}

const streamOf = (child: ChildProcess, descriptor: number): Duplex => {
  const stream = child.stdio[descriptor]
  if (!(stream instanceof Duplex)) throw new Error(`descriptor ${descriptor} is not a two-way stream`)
  // QEMU may go with bytes unread, which is no error of ours; `exited` tells.
  stream.on('error', () => {})
  return stream
}

const tailOf = (child: ChildProcess) => {
  let tail = Buffer.alloc(0)
  child.stderr?.on('data', (chunk: Buffer) => {
    tail = Buffer.concat([tail, chunk]).subarray(-stderrLimit)
  })
  return () => tail.toString('utf8')
}

const exitOf = async (child: ChildProcess, stderr: () => string): Promise<ProcessExit> => {
  const stderrEnd = child.stderr === null ? undefined : Promise.withResolvers<void>()
  child.stderr?.once('close', () => stderrEnd?.resolve())
  const { promise, resolve, reject } = Promise.withResolvers<Omit<ProcessExit, 'stderr'>>()
  child.once('exit', (code, signal) => resolve({ code, signal }))
  child.once('error', (cause) =>
    reject(
      new DrydockError(`could not start ${child.spawnfile}: ${cause.message}`, {
        code: 'QEMU_FAILED',
        blame: 'testbed',
        phase: 'prepare',
        cause,
      }),
    ),
  )
  const exit = await promise
  await stderrEnd?.promise
  return { ...exit, stderr: stderr() }
}
