import { closeSync, constants, open } from 'node:fs'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import { promisify } from 'node:util'
import { execa } from 'execa'
import { DrydockError } from '../../common/errors.ts'
import { PacedPipe } from './paced-pipe.ts'

/** The two fifos between us and a serial line, for QEMU's `-chardev pipe`. */
export interface ConsolePipe {
  /** What QEMU's `path` is to be. */
  readonly path: string
  /** Our end of both. Only once QEMU has opened its own: before, there is nobody to read from. */
  connect(): Promise<ConnectedConsole>
}

export interface ConnectedConsole {
  readonly stream: Duplex
  /** To be called once QEMU has ended: lets a reader come to the end, and leaves nothing open. */
  close(): Promise<void>
}

const openFile = promisify(open)

/**
 * Makes the fifos in a directory that only QEMU's user can enter.
 *
 * A UART is emulated a byte at a time, and a byte takes most of a kilobyte of a socket's buffer: a few hundred bytes, and
 * the guest's kernel waits 10 ms for room, then overwrites what it has written (8250_port.c, wait_for_lsr). A pipe takes
 * 64 KiB, so that a host that is busy for a while costs no letter of the console.
 *
 * @throws `CONSOLE_PIPE_FAILED` with the words of mkfifo(1)
 */
export const makeConsolePipe = async (directory: string): Promise<ConsolePipe> => {
  const path = join(directory, 'console')
  const { failed, stderr, shortMessage } = await execa(
    'mkfifo',
    // The directory keeps everybody else away.
    ['-m', '666', '--', `${path}.in`, `${path}.out`],
    { reject: false, stdin: 'ignore', stdout: 'ignore' },
  )
  if (failed) {
    throw new DrydockError(
      `expected to make the console's pipes in ${directory}: ${stderr || shortMessage}`,
      {
        code: 'CONSOLE_PIPE_FAILED',
        blame: 'testbed',
        phase: 'prepare',
        hint: 'mkfifo comes with coreutils.',
      },
    )
  }
  return { path, connect: () => connect(path) }
}

const connect = async (path: string): Promise<ConnectedConsole> => {
  const output = await openFile(`${path}.out`, constants.O_RDONLY | constants.O_NONBLOCK)
  const input = await openFile(`${path}.in`, constants.O_WRONLY | constants.O_NONBLOCK).catch(
    (error: unknown) => {
      closeSync(output)
      throw error
    },
  )
  const stream = new PacedPipe({ input: output, output: input })
  stream.on('error', () => {})
  const close = async (): Promise<void> => {
    // With QEMU gone there is an end to read to, for whoever reads.
    if (stream.readableFlowing === true) await stream.ended
    stream.destroy()
  }
  return { stream, close }
}
