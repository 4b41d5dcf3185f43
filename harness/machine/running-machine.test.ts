import { describe, expect, it } from 'vitest'
import { startFakeMachine } from './testing/fake-machine.ts'

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
    const { machine, monitor, end } = await startFakeMachine()
    for (const [name, data] of events) monitor.event(name, data)
    end(exit)
    expect(await machine.exited).toMatchObject({ reason })
  })

  it('should make what QEMU said safe to show', async () => {
    const { machine, end } = await startFakeMachine()
    end({ stderr: '\u001b[2Jqemu: failed' })
    expect((await machine.exited).stderrTail).toBe('\\x1b[2Jqemu: failed')
  })

  it('should kill a QEMU that does not quit, and give everything back once', async () => {
    const { machine, monitor, released } = await startFakeMachine()
    const [first, second] = [machine.stop(), machine.stop()]
    expect(await first).toMatchObject({ reason: 'stopped', signal: 'SIGKILL' })
    expect(await second).toBe(await first)
    await machine[Symbol.asyncDispose]()
    expect(released()).toBe(1)
    expect(monitor.received.map(({ execute }) => execute)).toEqual(['qmp_capabilities', 'quit'])
  })
})
