import { once } from 'node:events'
import type { Duplex } from 'node:stream'
import PQueue from 'p-queue'
import type { Client, ClientChannel } from 'ssh2'
import { DrydockError, messageOf } from '../common/errors.ts'
import { neutraliseLine } from '../common/text.ts'
import { type CommandResult, quote, type RunOptions, type Shell } from './shell.ts'
import { type ChannelEnd, collect, endOf, orAborted } from './ssh-channel.ts'

type Command = string | readonly string[]

/** A command that is left running. */
export interface SpawnedCommand extends AsyncDisposable {
  /** Its standard output to read, its standard input to write. */
  readonly stream: Duplex
  /** What it wrote on standard error so far, at most 64 KiB. */
  readonly stderr: () => string
  /** How it ended; rejects where the connection was lost before. */
  readonly ended: Promise<ChannelEnd>
}

export interface SshShell extends Shell {
  readonly kind: 'ssh'
  /** The server's host key as `SHA256:...`. */
  readonly hostKey: string
  /** Aborted when the connection has ended; its reason is the error that commands then throw. */
  readonly ended: AbortSignal
  /** Writes a file through the guest's shell, whole or not at all. `mode` is that of chmod. */
  upload(path: string, bytes: Buffer, mode: number): Promise<void>
  spawn(command: Command): Promise<SpawnedCommand>
}

/** OpenSSH lets ten sessions share a connection; two are left for commands that stay. */
const sessions = 8

const stderrLimit = 64 * 1024

/** The login shell may be any shell, so a script is handed on to sh. */
const commandLineOf = (command: Command): string =>
  typeof command === 'string' ? `exec sh -c ${quote(command)}` : command.map(quote).join(' ')

const shown = (command: Command): string =>
  neutraliseLine(typeof command === 'string' ? command : command.join(' '), 120)

const failed = (message: string, code: string, cause?: unknown): DrydockError =>
  new DrydockError(message, { code, blame: 'guest', phase: 'check', cause })

interface Opened {
  readonly channel: ClientChannel
  /** Listened for from the first moment on: a short command's whole life can come in one packet. */
  readonly end: Promise<ChannelEnd | undefined>
}

/** A shell over a client that has logged in; it owns the client. */
export const sshShell = (client: Client, hostKey: string): SshShell => {
  const queue = new PQueue({ concurrency: sessions })
  const ended = new AbortController()
  let lastError: Error | undefined
  client.on('error', (error) => {
    lastError = error
  })
  client.once('close', () => {
    const why = lastError === undefined ? 'it was closed' : messageOf(lastError)
    ended.abort(failed(`Expected the ssh connection to stay, found that ${why}`, 'SSH_LOST', lastError))
  })

  const open = (command: Command): Promise<Opened> =>
    new Promise((resolve, reject) => {
      ended.signal.throwIfAborted()
      client.exec(commandLineOf(command), (error, channel) => {
        if (error === undefined) resolve({ channel, end: endOf(channel) })
        else if (ended.signal.aborted) reject(ended.signal.reason)
        else
          reject(
            failed(`Expected ssh to start ${shown(command)}, found: ${error.message}`, 'SSH_EXEC', error),
          )
      })
    })

  const endOrThrow = async (opened: Opened, command: Command): Promise<ChannelEnd> => {
    const end = await opened.end
    if (end !== undefined) return end
    ended.signal.throwIfAborted()
    throw failed(`Expected an exit code of ${shown(command)}, found that ssh gave none`, 'SSH_NO_EXIT_CODE')
  }

  const runNow = async (command: Command, options: RunOptions): Promise<CommandResult> => {
    const { timeoutMs = 30_000, reason, stdin } = options
    const startedAt = performance.now()
    const timeout = AbortSignal.timeout(timeoutMs)
    const signal = AbortSignal.any([ended.signal, timeout])
    let opened: Opened | undefined
    try {
      opened = await orAborted(open(command), signal)
      const { channel } = opened
      const outcome = Promise.all([
        endOrThrow(opened, command),
        collect(channel, 'standard output'),
        collect(channel.stderr, 'standard error'),
      ])
      channel.end(stdin)
      const [end, stdout, stderr] = await orAborted(outcome, signal)
      return { ...end, stdout, stderr, durationMs: performance.now() - startedAt }
    } catch (error) {
      opened?.channel.signal('KILL')
      opened?.channel.destroy()
      if (error !== timeout.reason || !timeout.aborted) throw error
      throw new DrydockError(
        `Expected ${shown(command)} to end within ${timeoutMs} ms, found it still running${reason === undefined ? '' : ` (run ${reason})`}`,
        { code: 'TIMED_OUT', blame: 'guest', phase: 'check', timedOut: true },
      )
    }
  }

  const run = (command: Command, options: RunOptions = {}) => queue.add(() => runNow(command, options))

  return {
    kind: 'ssh',
    hostKey,
    ended: ended.signal,
    run,
    async upload(path, bytes, mode) {
      const [final, partial] = [quote(path), quote(`${path}.partial`)]
      const { exitCode, stderr } = await run(
        `umask 077 && cat >${partial} && chmod ${mode.toString(8)} ${partial} && mv -f ${partial} ${final} || { rm -f ${partial}; exit 1; }`,
        { stdin: bytes, reason: `to upload ${path}` },
      )
      if (exitCode !== 0)
        throw failed(
          `Expected to write ${bytes.length} bytes to ${path} in the guest, found: ${neutraliseLine(stderr.toString())}`,
          'UPLOAD_FAILED',
        )
    },
    async spawn(command) {
      const opened = await open(command)
      const { channel } = opened
      const errors: Buffer[] = []
      let length = 0
      channel.stderr.on('data', (chunk: Buffer) => {
        length += chunk.length
        if (length <= stderrLimit) errors.push(chunk)
      })
      const end = endOrThrow(opened, command)
      end.catch(() => {})
      return {
        stream: channel,
        stderr: () => Buffer.concat(errors).toString(),
        ended: end,
        async [Symbol.asyncDispose]() {
          channel.destroy()
          await end.catch(() => {})
        },
      }
    },
    async [Symbol.asyncDispose]() {
      if (ended.signal.aborted) return
      const closed = once(client, 'close')
      client.end()
      await Promise.race([closed, once(AbortSignal.timeout(1000), 'abort')])
      client.destroy()
    },
  }
}
