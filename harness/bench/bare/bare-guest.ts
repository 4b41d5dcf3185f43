import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Duplex } from 'node:stream'
import { runDirectoryBase } from '../../machine/process/run-directory.ts'
import type { GuestSpec } from '../../target/target.ts'
import { bareCommand } from './bare-argv.ts'
import { BareLine } from './bare-line.ts'

/** The words of the harness's command line: QEMU's binary and its arguments. */
export type CommandLine = readonly string[]

export interface BareBoot {
  /** Milliseconds from starting QEMU until the command's answer was there. */
  readonly ms: number
  /** Milliseconds from starting QEMU until the login prompt was there. */
  readonly promptMs: number
  readonly answer: string
}

const bootDeadlineMs = 300_000
const answerDeadlineMs = 60_000
const mebibyte = 1024 * 1024

/** Boots the guest with these arguments, logs in on its console, runs `uname -r`, and ends QEMU. */
export const bareBoot = async (commandLine: CommandLine, spec: GuestSpec): Promise<BareBoot> => {
  const login = spec.login.serial
  if (login === undefined) throw new Error('expected a guest with a login on its console')
  const directory = await mkdtemp(
    join(
      (await runDirectoryBase(spec.memoryMiB * mebibyte)) === '/dev/shm' ? '/dev/shm' : tmpdir(),
      'bare-qemu-',
    ),
  )
  const [binary = '', ...words] = commandLine
  const files = { memoryFile: join(directory, 'memory'), gdbSocket: join(directory, 'gdb.sock') }
  const { args, streams } = bareCommand(words, spec, files)
  const startedAt = performance.now()
  // Ends with this process, however that ends.
  const child = spawn('setpriv', ['--pdeathsig=KILL', binary, ...args], {
    stdio: ['ignore', 'ignore', 'ignore', ...streams.map(() => 'pipe' as const)],
  })
  const exited = once(child, 'exit')
  try {
    const stream = (name: string): Duplex => {
      const found = child.stdio[3 + streams.indexOf(name)]
      if (found instanceof Duplex) return found
      throw new Error(`QEMU has no ${name}: ${args.join(' ')}`)
    }
    for (const name of streams) stream(name).on('error', () => {})
    const line = new BareLine(stream('console'))
    stream('qmp').resume()
    stream('qmp').write('{"execute":"qmp_capabilities"}{"execute":"cont"}')
    await line.expect(/login: ?$/, bootDeadlineMs)
    const promptMs = performance.now() - startedAt
    line.type(`${login.user}\n`)
    if (login.password !== undefined) {
      await line.expect(/[Pp]assword: ?$/, answerDeadlineMs)
      line.type(`${login.password}\n`)
    }
    // BusyBox asks the terminal for its width behind the prompt.
    await line.expect(/[#$] ?(?:\u001b\[6n)?$/, answerDeadlineMs)
    line.type('uname -r\n')
    const [, answer = ''] = await line.expect(/\n(\d[^\r\n]*)\r?\n/, answerDeadlineMs)
    return { ms: performance.now() - startedAt, promptMs, answer }
  } finally {
    child.kill('SIGKILL')
    await exited
    await rm(directory, { recursive: true, force: true })
  }
}
