import { Duplex } from 'node:stream'
import type { ChannelEnd } from '../ssh-channel.ts'
import type { SshShell } from '../ssh-session.ts'

export interface FakeRequest {
  readonly id: number
  readonly op: string
  readonly place: string
  readonly [name: string]: unknown
}

export interface FakeProbe {
  readonly shell: SshShell
  /** Ends the probe's process. */
  readonly die: (end: ChannelEnd) => void
}

/** An ssh shell whose only command is a probe that answers each request with what `answer` writes. */
export const fakeProbe = (
  answer: (request: FakeRequest, write: (output: string | Buffer) => void) => void,
  stderr = '',
): FakeProbe => {
  const { promise: ended, resolve: die } = Promise.withResolvers<ChannelEnd>()
  const stream = new Duplex({
    read() {},
    write(chunk: Buffer, _encoding, done) {
      for (const line of chunk.toString().trim().split('\n'))
        answer(JSON.parse(line), (output) => stream.push(output))
      done()
    },
  })
  const refuse = (): never => {
    throw new Error('the fake shell runs nothing but the probe')
  }
  const shell: SshShell = {
    kind: 'ssh',
    hostKey: 'SHA256:fake',
    ended: new AbortController().signal,
    run: refuse,
    upload: refuse,
    spawn: async () => ({
      stream,
      stderr: () => stderr,
      ended,
      async [Symbol.asyncDispose]() {
        stream.destroy()
      },
    }),
    async [Symbol.asyncDispose]() {},
  }
  return { shell, die }
}
