import { type ChildProcess, spawn } from 'node:child_process'
import { Duplex } from 'node:stream'

/** A real shell on a real terminal of this machine, for tests: what a serial line looks like from outside. */
export interface Pty extends AsyncDisposable {
  readonly stream: Duplex
  readonly process: ChildProcess
}

/** Runs `command` on a new terminal with `script` (bsdutils). */
export const openPty = (command: string): Pty => {
  const child = spawn('script', ['-qfec', command, '/dev/null'], { stdio: ['pipe', 'pipe', 'ignore'] })
  const stream = Duplex.from({ writable: child.stdin, readable: child.stdout })
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  return {
    stream,
    process: child,
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL')
      await exited
    },
  }
}
