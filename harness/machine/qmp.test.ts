import { describe, expect, it } from 'vitest'
import { QmpClient, type QmpOptions } from './qmp.ts'
import { FakeMonitor } from './testing/fake-monitor.ts'

const connected = async (options: QmpOptions = {}) => {
  const monitor = new FakeMonitor()
  monitor.greet()
  return { monitor, client: await QmpClient.connect(monitor.stream, options) }
}

describe('QmpClient', () => {
  it('should leave capability negotiation before anything else', async () => {
    const { monitor } = await connected()
    expect(monitor.received).toEqual([{ execute: 'qmp_capabilities', id: 1 }])
  })

  it('should give up on a monitor that never greets', async () => {
    const { stream } = new FakeMonitor()
    await expect(QmpClient.connect(stream, { greetingDeadlineMs: 20 })).rejects.toMatchObject({
      code: 'QMP_NO_GREETING',
      timedOut: true,
    })
  })

  it('should return validated results without unknown members', async () => {
    const { monitor, client } = await connected()
    monitor.answer('query-status', { status: 'prelaunch', running: false, singlestep: false })
    expect(await client.execute('query-status')).toEqual({ status: 'prelaunch', running: false })
  })

  it('should refuse a result of another shape', async () => {
    const { monitor, client } = await connected()
    monitor.answer('query-status', { status: 7 })
    await expect(client.execute('query-status')).rejects.toMatchObject({ code: 'QMP_UNEXPECTED' })
  })

  it('should match answers by id, not by order', async () => {
    const { monitor, client } = await connected()
    const status = client.execute('query-status')
    const text = client.human('info usernet')
    monitor.send({ return: 'Hub', id: 3 })
    monitor.send({ return: { status: 'running', running: true }, id: 2 })
    expect(await text).toBe('Hub')
    expect((await status).running).toBe(true)
  })

  it("should hand on QEMU's words when it refuses", async () => {
    const { monitor, client } = await connected()
    monitor.refuse('stop', 'Expecting capabilities negotiation')
    await expect(client.execute('stop')).rejects.toMatchObject({
      code: 'QMP_REFUSED',
      message: expect.stringContaining('refused stop: Expecting capabilities negotiation (GenericError)'),
    })
    monitor.answer('cont', {})
    await client.execute('cont')
  })

  it('should time out one command and go on with the others', async () => {
    const { monitor, client } = await connected()
    await expect(client.execute('stop', undefined, { timeoutMs: 20 })).rejects.toMatchObject({
      code: 'TIMED_OUT',
      timedOut: true,
    })
    monitor.send({ return: {}, id: 2 })
    monitor.answer('cont', {})
    await client.execute('cont')
  })

  it('should reject pending and later commands once the stream has ended', async () => {
    const { monitor, client } = await connected()
    const pending = client.execute('stop')
    monitor.end()
    await expect(pending).rejects.toMatchObject({ code: 'QMP_CLOSED' })
    await expect(client.execute('cont')).rejects.toMatchObject({ code: 'QMP_CLOSED' })
    expect((await client.closed).code).toBe('QMP_CLOSED')
  })

  it.each([
    ['bad JSON', 'qemu: Aborted\n', 'QMP_GARBLED'],
    ['an endless line', 'x'.repeat(2048), 'QMP_LINE_TOO_LONG'],
    [
      'an error that belongs to no command',
      '{"error": {"class": "GenericError", "desc": "no"}}\n',
      'QMP_REFUSED',
    ],
  ])('should reject everything after %s', async (_, bytes, code) => {
    const { monitor, client } = await connected({ lineLimit: 1024 })
    const pending = client.execute('stop')
    monitor.raw(bytes)
    await expect(pending).rejects.toMatchObject({ code })
  })

  it('should hand on known events with their time, and remember the latest of each kind', async () => {
    const { monitor, client } = await connected()
    const event = new Promise((resolve) => {
      client.on('SHUTDOWN', resolve)
    })
    monitor.event('SPICE_CONNECTED', {})
    monitor.event('SHUTDOWN', { guest: true, reason: 'guest-reset' })
    expect(await event).toEqual({
      name: 'SHUTDOWN',
      data: { guest: true, reason: 'guest-reset' },
      timeMs: 1_700_000_000_250,
    })
    expect(client.last('SHUTDOWN')?.data.reason).toBe('guest-reset')
    expect(client.last('STOP')).toBeUndefined()
  })

  it('should stop calling a listener that was taken back', async () => {
    const { monitor, client } = await connected()
    let calls = 0
    const off = client.on('STOP', () => {
      calls += 1
    })
    off()
    const seen = new Promise((resolve) => {
      client.on('RESUME', resolve)
    })
    monitor.event('STOP')
    monitor.event('RESUME')
    await seen
    expect(calls).toBe(0)
  })
})
