import { PassThrough } from 'node:stream'
import { describe, expect, it } from 'vitest'
import type { ProcessExit } from './process/qemu-process.ts'
import { QmpClient } from './qmp.ts'
import { RunningMachine } from './running-machine.ts'
import { FakeMonitor } from './testing/fake-monitor.ts'

const start = async () => {
  const monitor = new FakeMonitor()
  monitor.greet()
  const exit = Promise.withResolvers<ProcessExit>()
  const end = (how: Partial<ProcessExit> = {}) => {
    exit.resolve({ code: how.signal === undefined ? 0 : null, signal: null, stderr: '', ...how })
    monitor.end()
  }
  let released = 0
  const resources = new AsyncDisposableStack()
  resources.defer(() => {
    released += 1
  })
  const machine = new RunningMachine({
    architecture: 'x86_64',
    origin: 'power-on',
    qemu: { architecture: 'x86_64', path: '/usr/bin/qemu', version: '7.2.0', text: '' },
    accelerator: { used: 'tcg', policy: 'never', reason: '' },
    ...{ cpu: 'max', commandLine: [], sshPort: undefined, memoryFile: '', gdbSocket: '', signal: undefined },
    ...{ console: new PassThrough(), port: new PassThrough(), probePort: new PassThrough(), resources },
    qmp: await QmpClient.connect(monitor.stream),
    process: {
      ...{ pid: 1, streams: {}, exited: exit.promise, stderr: () => '' },
      kill: () => end({ signal: 'SIGKILL' }),
    },
  })
  return { machine, monitor, end, released: () => released }
}

const shutdown = (guest: boolean, reason: string) => ['SHUTDOWN', { guest, reason }] as const

describe('RunningMachine', () => {
  it.each([
    ['shutdown', [shutdown(true, 'guest-shutdown')], {}],
    ['reset', [shutdown(true, 'guest-reset')], {}],
    ['panic', [['GUEST_PANICKED', { action: 'run' }] as const, shutdown(true, 'guest-reset')], {}],
    ['killed', [shutdown(false, 'host-signal')], {}],
    ['killed', [], { signal: 'SIGKILL' as const }],
    ['failed', [], { signal: 'SIGABRT' as const }],
    ['failed', [], { code: 1 }],
  ])('should call it %s after the events %j and the exit %j', async (reason, events, exit) => {
    const { machine, monitor, end } = await start()
    for (const [name, data] of events) monitor.event(name, data)
    end(exit)
    expect(await machine.exited).toMatchObject({ reason })
  })

  it('should make what QEMU said safe to show', async () => {
    const { machine, end } = await start()
    end({ stderr: '\u001b[2Jqemu: failed' })
    expect((await machine.exited).stderrTail).toBe('\\x1b[2Jqemu: failed')
  })

  it('should kill a QEMU that does not quit, and give everything back once', async () => {
    const { machine, monitor, released } = await start()
    const [first, second] = [machine.stop(), machine.stop()]
    expect(await first).toMatchObject({ reason: 'stopped', signal: 'SIGKILL' })
    expect(await second).toBe(await first)
    await machine[Symbol.asyncDispose]()
    expect(released()).toBe(1)
    expect(monitor.received.map(({ execute }) => execute)).toEqual(['qmp_capabilities', 'quit'])
  })
})
