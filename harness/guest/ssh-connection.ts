import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { Client } from 'ssh2'
import type { SshKey } from './ssh-key.ts'

export interface Keepalive {
  readonly intervalMs: number
  /** So many intervals without an answer end the connection. */
  readonly misses: number
}

export interface ConnectionOptions {
  readonly port: number
  readonly user: string
  readonly key: SshKey
  readonly keepalive: Keepalive
  readonly signal: AbortSignal
  /** Says whether the server's host key (`SHA256:...`) is the right one. */
  readonly acceptHostKey: (fingerprint: string) => boolean
}

/** How long a server that answers at all takes to say so; QEMU accepts connections for a guest that is not up. */
const bannerMs = 3000

/** How long the rest of a login may take: key exchange on a busy emulated CPU is slow. */
const handshakeMs = 30_000

/** The key was refused; other errors are those of ssh2 and of sockets. */
export class KeyRefusedError extends Error {}

const fingerprintOf = (hostKey: Buffer): string =>
  `SHA256:${createHash('sha256').update(hostKey).digest('base64').replace(/=+$/, '')}`

/** Connects to 127.0.0.1 and waits for the first byte that the server sends, which is left to be read. */
const openSocket = async (port: number, signal: AbortSignal): Promise<Socket> => {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true })
  try {
    await Promise.race([
      once(socket, 'readable', { signal: AbortSignal.any([signal, AbortSignal.timeout(bannerMs)]) }),
      once(socket, 'close', { signal }),
    ])
    if (socket.readableLength === 0) throw new Error('the connection was closed before ssh said anything')
    return socket
  } catch (error) {
    socket.destroy()
    signal.throwIfAborted()
    if (error instanceof Error && error.name === 'AbortError')
      throw new Error(`no word from an ssh server within ${bannerMs} ms`, { cause: error })
    throw error
  }
}

/** One try to log in. The client that it gives is ready; what becomes of it later comes as its events. */
export const openConnection = async (options: ConnectionOptions): Promise<Client> => {
  const socket = await openSocket(options.port, options.signal)
  const client = new Client()
  const abandon = () => client.destroy()
  options.signal.addEventListener('abort', abandon, { once: true })
  try {
    await new Promise<void>((resolve, reject) => {
      client.once('ready', resolve)
      client.on('error', (error) =>
        reject(error.level === 'client-authentication' ? new KeyRefusedError('the key was refused') : error),
      )
      client.once('close', () => reject(new Error('the connection was closed during the login')))
      client.connect({
        sock: socket,
        username: options.user,
        privateKey: options.key.privateKey,
        // Without asking first whether the server lets in anyone: that costs an emulated one a tenth of the login.
        authHandler: ['publickey'],
        readyTimeout: handshakeMs,
        keepaliveInterval: options.keepalive.intervalMs,
        keepaliveCountMax: options.keepalive.misses,
        hostVerifier: (hostKey: Buffer) => options.acceptHostKey(fingerprintOf(hostKey)),
      })
    })
    client.removeAllListeners('error')
    client.removeAllListeners('close')
    return client
  } catch (error) {
    client.on('error', () => {})
    client.destroy()
    options.signal.throwIfAborted()
    throw error
  } finally {
    options.signal.removeEventListener('abort', abandon)
  }
}
