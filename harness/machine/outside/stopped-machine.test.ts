import { describe, expect, it } from 'vitest'
import { reply, startFakeStub } from '../testing/fake-gdb-stub.ts'
import type { ObservedMachine } from './observed-machine.ts'
import { whenStopped, whileStopped } from './stopped-machine.ts'

const xml = '<target><reg name="pc" bitsize="64"/></target>'
const answers: Record<string, string> = {
  'qSupported:xmlRegisters=i386': 'qXfer:features:read+',
  'qXfer:features:read:target.xml:0,ffb': `l${xml}`,
  p0: '0100000000000000',
  D: 'OK',
}

/** A machine that stops when a debugger connects, as QEMU does. */
const startMachine = async (initial: string) => {
  let status = initial
  const commands: string[] = []
  const stub = await startFakeStub({
    answer: (request) => {
      status = request === 'D' ? 'running' : status === 'running' ? 'paused' : status
      return reply(answers[request] ?? '')
    },
  })
  const execute = async (command: string): Promise<unknown> => {
    commands.push(command)
    if (command === 'cont') status = 'running'
    return { status, running: status === 'running' }
  }
  const machine = {
    architecture: 'arm64',
    qmp: { execute, human: async () => '' },
    memoryFile: '/nonexistent',
    gdbSocket: stub.socketPath,
  } as unknown as ObservedMachine
  return {
    machine,
    commands,
    requests: stub.requests,
    status: () => status,
    [Symbol.asyncDispose]: () => stub[Symbol.asyncDispose](),
  }
}

describe('looking at a machine while it stands still', () => {
  it('should let it run again', async () => {
    await using guest = await startMachine('running')
    expect(await whileStopped(guest.machine, (gdb) => gdb.read('pc'))).toBe(1n)
    expect(guest.status()).toBe('running')
    expect(guest.commands).not.toContain('cont')
  })

  it('should let it run again after an error', async () => {
    await using guest = await startMachine('running')
    const look = whileStopped(guest.machine, async () => {
      throw new Error('broken look')
    })
    await expect(look).rejects.toThrow('broken look')
    expect(guest.status()).toBe('running')
    expect(guest.commands).toContain('cont')
  })

  it('should leave a machine stopped that was stopped before', async () => {
    await using guest = await startMachine('prelaunch')
    expect(await whileStopped(guest.machine, (gdb) => gdb.read('pc'))).toBe(1n)
    expect(guest.status()).toBe('prelaunch')
    expect(guest.requests).not.toContain('D')
  })

  it('should take turns', async () => {
    await using guest = await startMachine('running')
    let looking = 0
    const most: number[] = []
    const look = async (): Promise<void> => {
      most.push(++looking)
      await new Promise((resolve) => setImmediate(resolve))
      looking--
    }
    await Promise.all([1, 2, 3].map(() => whileStopped(guest.machine, look)))
    expect(most).toEqual([1, 1, 1])
  })

  it('should look again until there is something, and give up at its deadline', async () => {
    await using guest = await startMachine('running')
    let looks = 0
    expect(await whenStopped(guest.machine, 'x', async () => (++looks === 3 ? 'seen' : undefined))).toBe(
      'seen',
    )
    const never = whenStopped(guest.machine, 'a CPU in its kernel', async () => undefined, { deadlineMs: 40 })
    await expect(never).rejects.toThrow(/^expected a CPU in its kernel within 40 ms, not seen in \d+ looks/)
    const signal = AbortSignal.abort(new Error('interrupted'))
    await expect(whenStopped(guest.machine, 'x', async () => 1, { signal })).rejects.toThrow('interrupted')
  })
})
