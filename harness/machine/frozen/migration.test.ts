import { once } from 'node:events'
import { connect } from 'node:net'
import { PassThrough } from 'node:stream'
import { withDir } from 'tmp-promise'
import { describe, expect, it } from 'vitest'
import { QmpClient } from '../qmp.ts'
import { FakeMonitor } from '../testing/fake-monitor.ts'
import { loadState, saveState } from './migration.ts'

const start = async () => {
  const monitor = new FakeMonitor()
  monitor.greet()
  for (const command of ['stop', 'migrate-set-capabilities', 'migrate-set-parameters', 'migrate']) {
    monitor.answer(command, {})
  }
  monitor.answer('migrate-incoming', {})
  return { monitor, qmp: await QmpClient.connect(monitor.stream) }
}

const inFolder = (use: (path: string) => Promise<void>) =>
  withDir(({ path }) => use(path), { unsafeCleanup: true })

/** Plays QEMU's side of an outgoing migration. */
const send = async (folder: string, bytes: Buffer): Promise<void> => {
  const socket = connect(`${folder}/out.sock`)
  await once(socket, 'connect')
  socket.end(bytes)
}

describe('saveState', () => {
  it('should give what QEMU sends, once it says that this was all', async () => {
    await inFolder(async (folder) => {
      const { monitor, qmp } = await start()
      const saving = saveState(qmp, folder, undefined)
      await expect.poll(() => monitor.received.at(-1)?.execute).toBe('migrate')
      await send(folder, Buffer.from('state'))
      monitor.event('MIGRATION', { status: 'active' })
      monitor.event('MIGRATION', { status: 'completed' })
      expect((await saving).toString()).toBe('state')
      const [, ...commands] = monitor.received.map(({ execute }) => execute)
      expect(commands).toEqual(['stop', 'migrate-set-capabilities', 'migrate-set-parameters', 'migrate'])
    })
  })

  it.each(['migrate-set-capabilities', 'migrate'])("should hand on QEMU's refusal of %s", async (command) => {
    await inFolder(async (folder) => {
      const { monitor, qmp } = await start()
      monitor.refuse(command, "State blocked by non-migratable device 'x'")
      await expect(saveState(qmp, folder, undefined)).rejects.toThrow(
        'State blocked by non-migratable device',
      )
    })
  })

  it('should say why a migration failed on its way', async () => {
    await inFolder(async (folder) => {
      const { monitor, qmp } = await start()
      monitor.answer('query-migrate', { status: 'failed', 'error-desc': 'No space left on device' })
      const saving = saveState(qmp, folder, undefined)
      await expect.poll(() => monitor.received.at(-1)?.execute).toBe('migrate')
      monitor.event('MIGRATION', { status: 'failed' })
      await expect(saving).rejects.toThrow('migration failed: No space left on device')
    })
  })

  it('should notice that QEMU went away in the midst of it', async () => {
    await inFolder(async (folder) => {
      const { monitor, qmp } = await start()
      const saving = saveState(qmp, folder, undefined)
      await expect.poll(() => monitor.received.at(-1)?.execute).toBe('migrate')
      monitor.end()
      await expect(saving).rejects.toMatchObject({ code: 'QMP_CLOSED' })
    })
  })
})

describe('loadState', () => {
  it('should hand over the state, and wait until it was taken', async () => {
    const { monitor, qmp } = await start()
    const stream = new PassThrough()
    const loading = loadState(qmp, stream, Buffer.from('state'))
    await expect.poll(() => monitor.received.at(-1)?.execute).toBe('migrate-incoming')
    monitor.event('MIGRATION', { status: 'completed' })
    await loading
    expect(stream.read().toString()).toBe('state')
  })

  it.each([
    [
      'refuses',
      ({ monitor }: { monitor: FakeMonitor }) => monitor.refuse('migrate-incoming', 'not now'),
      'not now',
    ],
    ['ends', ({ monitor }: { monitor: FakeMonitor }) => monitor.end(), 'closed its QMP connection'],
  ])('should fail where QEMU %s', async (_, happens, words) => {
    const { monitor, qmp } = await start()
    happens({ monitor })
    await expect(loadState(qmp, new PassThrough(), Buffer.from('state'))).rejects.toThrow(words)
  })
})
