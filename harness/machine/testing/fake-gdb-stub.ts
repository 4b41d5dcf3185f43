import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { dir } from 'tmp-promise'
import { encodePacket } from '../gdb/packet.ts'
import { PacketReader } from '../gdb/packet-reader.ts'

export interface FakeStub extends AsyncDisposable {
  readonly socketPath: string
  /** Payloads of all requests, in order. */
  readonly requests: readonly string[]
}

export interface FakeStubOptions {
  /** What the stub sends for one request: bytes as they go on the wire. Nothing where it stays silent. */
  readonly answer: (request: string, count: number) => Uint8Array | undefined
  /** Sent as soon as a client connects. @default the stop reply of QEMU */
  readonly greeting?: Uint8Array
  /** Sends every byte in a write of its own. @default false */
  readonly dribble?: boolean
}

/** An acknowledged packet as a stub sends it. */
export const reply = (payload: string): Buffer =>
  Buffer.concat([Buffer.from('+'), encodePacket(Buffer.from(payload, 'latin1'))])

/** For tests: a gdb stub that answers by the given function. */
export const startFakeStub = async (options: FakeStubOptions): Promise<FakeStub> => {
  const folder = await dir({ unsafeCleanup: true, prefix: 'drydock-gdb-' })
  const socketPath = join(folder.path, 'gdb')
  const requests: string[] = []
  const sockets = new Set<Socket>()

  const send = (socket: Socket, bytes: Uint8Array): void => {
    if (options.dribble !== true) socket.write(bytes)
    else for (const byte of bytes) socket.write(Uint8Array.of(byte))
  }

  const server = createServer((socket) => {
    const reader = new PacketReader() // both directions are framed alike
    sockets.add(socket)
    socket.setNoDelay(true)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
    send(socket, options.greeting ?? encodePacket(Buffer.from('T02thread:01;')))
    socket.on('data', (bytes) => {
      for (const token of reader.push(bytes)) {
        const request = token.kind === 'packet' ? token.payload.toString('latin1') : token.kind
        if (request === 'ack') continue
        requests.push(request)
        const answer = options.answer(request, requests.length)
        if (answer !== undefined) send(socket, answer)
      }
    })
  })
  server.listen(socketPath)
  await once(server, 'listening')
  return {
    socketPath,
    requests,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
      await folder.cleanup()
    },
  }
}
