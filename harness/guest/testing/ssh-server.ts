import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import ssh2, { type ServerChannel } from 'ssh2'
import { makeSshKey } from '../ssh-key.ts'

export interface TestSshServer extends AsyncDisposable {
  readonly port: number
  /** Lets the server fall silent without closing anything, like a guest that hangs. */
  hang(): void
  /** Drops every connection. */
  drop(): void
}

export interface TestSshServerOptions {
  /** The line of authorized_keys that is let in. */
  readonly authorizedKey: string
  /** OpenSSH private key. @default a new one */
  readonly hostKey?: string
  /** Fixed port, for a server that comes back. @default any */
  readonly port?: number
  /** Closes channels without telling an exit code. @default false */
  readonly withoutExitCode?: boolean
}

const runCommand = (channel: ServerChannel, command: string, withoutExitCode: boolean): void => {
  const child = spawn('/bin/sh', ['-c', command], { stdio: 'pipe' })
  child.stdin.on('error', () => {})
  channel.on('error', () => {})
  channel.pipe(child.stdin)
  child.stdout.pipe(channel, { end: false })
  child.stderr.pipe(channel.stderr, { end: false })
  channel.once('close', () => child.kill('SIGKILL'))
  child.once('close', (exitCode, signal) => {
    if (!withoutExitCode) {
      if (signal === null) channel.exit(exitCode ?? 255)
      else channel.exit(signal.replace('SIG', ''))
    }
    channel.end()
  })
}

/** The port that a listening server was given. */
export const portOf = (server: Server): number => {
  const address: AddressInfo | string | null = server.address()
  if (address === null || typeof address === 'string')
    throw new Error(`Expected a TCP port, found ${address}`)
  return address.port
}

/** A real ssh server on loopback whose commands are run by this machine's sh. */
export const startSshServer = async (options: TestSshServerOptions): Promise<TestSshServer> => {
  const hostKey = options.hostKey ?? (await makeSshKey()).privateKey
  const allowed = ssh2.utils.parseKey(options.authorizedKey)
  if (allowed instanceof Error) throw allowed
  const ssh = new ssh2.Server({ hostKeys: [hostKey] }, (connection) => {
    connection.on('error', () => {})
    connection.on('authentication', (context) => {
      if (context.method !== 'publickey' || !context.key.data.equals(allowed.getPublicSSH()))
        return context.reject(['publickey'])
      if (context.signature === undefined || context.blob === undefined) return context.accept()
      return allowed.verify(context.blob, context.signature, context.hashAlgo) === true
        ? context.accept()
        : context.reject()
    })
    connection.on('session', (accept) => {
      accept().on('exec', (acceptExec, _reject, { command }) =>
        runCommand(acceptExec(), command, options.withoutExitCode ?? false),
      )
    })
  })
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.once('close', () => sockets.delete(socket))
    ssh.injectSocket(socket)
  })
  server.listen(options.port ?? 0, '127.0.0.1')
  await once(server, 'listening')
  const drop = () => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    port: portOf(server),
    hang() {
      for (const socket of sockets) socket.pause()
    },
    drop,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close')
      server.close()
      drop()
      await closed
    },
  }
}
