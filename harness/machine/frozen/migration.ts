import { once } from 'node:events'
import { chown, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import { DrydockError } from '../../common/errors.ts'
import type { QemuUser } from '../process/confinement.ts'
import { descriptorOf } from '../process/machine-streams.ts'
import type { QmpClient } from '../qmp.ts'

/*
 * QEMU's live migration carries a machine's state: of the devices, since its memory is a file that is left where it is
 * (QEMU, docs/devel/migration; x-ignore-shared leaves out memory that is mapped shared). The state goes through
 * sockets: to an inherited one only a fork can be told to listen, and newer versions no longer take plain files there.
 */

/** Bytes. A direct kernel boot has some 0.3 MB; with UEFI its flash comes on top, on arm64 up to 128 MiB. */
const stateLimit = 256 * 1024 * 1024
const deadlineMs = 60_000
const capabilities = ['x-ignore-shared', 'events'].map((capability) => ({ capability, state: true }))

/** Bytes per second, so that QEMU does not hold itself back. */
const unlimited = 2 ** 40

/**
 * Stops the CPUs and reads the state. Throws what QEMU says against it.
 * @param directory a folder in which QEMU, running as `user`, can reach a socket
 */
export const saveState = async (qmp: QmpClient, directory: string, user: QemuUser): Promise<Buffer> => {
  await using receiver = await receive(join(directory, 'out.sock'), user)
  using end = migrationEnd(qmp)
  // Sent at once: QEMU takes them in this order.
  await Promise.all([
    qmp.execute('stop'),
    qmp.execute('migrate-set-capabilities', { capabilities }),
    qmp.execute('migrate-set-parameters', { 'max-bandwidth': unlimited }),
    qmp.execute('migrate', { uri: `unix:${receiver.path}` }),
  ])
  await end.reached
  return await receiver.bytes
}

/** Gives a machine that waits for it the state of another one. */
export const loadState = async (qmp: QmpClient, stream: Duplex, state: Buffer): Promise<void> => {
  using end = migrationEnd(qmp)
  stream.end(state)
  await Promise.all([
    qmp.execute('migrate-set-capabilities', { capabilities }),
    qmp.execute('migrate-incoming', { uri: `fd:${descriptorOf('incoming')}` }),
  ])
  await end.reached
}

const migrationEnd = (qmp: QmpClient) => {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  promise.catch(() => {}) // a refused command is reported in its place
  const off = qmp.on('MIGRATION', ({ data: { status } }) => {
    if (status === 'completed') resolve()
    else if (status === 'failed' || status === 'cancelled') void failed(qmp, status).then(reject)
  })
  void qmp.closed.then(reject)
  const timer = setTimeout(() => reject(tooSlow()), deadlineMs)
  return {
    reached: promise,
    [Symbol.dispose]() {
      off()
      clearTimeout(timer)
    },
  }
}

const failed = async (qmp: QmpClient, status: string): Promise<Error> => {
  const answer = await qmp.execute('query-migrate').catch(() => undefined)
  return migrationError(`QEMU's migration ${status}: ${answer?.['error-desc'] ?? 'it did not say why'}`)
}

const tooSlow = () =>
  migrationError(`expected QEMU's migration to end within ${deadlineMs} ms, it did not`, true)

const migrationError = (text: string, timedOut = false) =>
  new DrydockError(text, { code: 'MIGRATION_FAILED', blame: 'testbed', timedOut })

/** Takes one connection at `path` and reads it to its end. */
const receive = async (path: string, user: QemuUser) => {
  const { promise: bytes, resolve, reject } = Promise.withResolvers<Buffer>()
  bytes.catch(() => {}) // comes after the first error, which says more
  const server = createServer((socket) => void readAll(socket).then(resolve, reject))
  server.maxConnections = 1
  server.listen(path)
  await once(server, 'listening')
  if (user !== undefined) await chown(path, user.uid, user.gid)
  return {
    ...{ path, bytes },
    async [Symbol.asyncDispose]() {
      reject(migrationError('expected QEMU to connect for its migration, it did not'))
      server.close()
      await rm(path, { force: true })
    },
  }
}

const readAll = async (stream: Duplex): Promise<Buffer> => {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > stateLimit) throw migrationError(`expected at most ${stateLimit} bytes of state, found more`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
