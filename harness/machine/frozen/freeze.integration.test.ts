import { existsSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { type Architecture, architectures } from '../../common/architecture.ts'
import type { StartedMachine } from '../machine-states.ts'
import { openMemory } from '../outside/process-memory.ts'
import { parseRamLayout } from '../outside/ram-layout.ts'
import { rememberedAt } from '../testing/remembering-kernel.ts'
import { freezeMachine } from './freeze.ts'
import type { FrozenMachine } from './frozen-machine.ts'
import { checksumOf } from './sparse-copy.ts'
import { ask, freezeRememberingMachine, startRememberingMachine } from './testing/remembering-machine.ts'

let held = new AsyncDisposableStack()
afterEach(async () => {
  await held.disposeAsync()
  held = new AsyncDisposableStack()
})

const freeze = async (architecture: Architecture): Promise<FrozenMachine> =>
  held.use(await freezeRememberingMachine(architecture)).frozen

const fork = async (frozen: FrozenMachine): Promise<StartedMachine> =>
  held.use(await (await frozen.fork()).run())

const checksumAt = async (path: string): Promise<string> => {
  await using file = await open(path)
  return await checksumOf(file)
}

/** What a guest remembers, read from outside. */
const remembered = async (machine: StartedMachine): Promise<string | undefined> => {
  const layout = parseRamLayout(await machine.qmp.human('info mtree -f'), machine.architecture)
  using memory = openMemory(machine, layout)
  return memory.read(rememberedAt[machine.architecture], 1)?.toString('latin1')
}

describe.each(architectures)('a frozen machine of %s', (architecture) => {
  it('should have forks that go on where it stood, each with a memory of its own', async () => {
    const frozen = await freeze(architecture)
    const [one, other] = [await fork(frozen), await fork(frozen)]
    const before = await checksumAt(one.memoryFile)
    expect(await ask(one, 'b')).toBe('a')
    expect(await ask(other, 'c')).toBe('a')
    expect(await ask(one, 'd')).toBe('b')
    expect([await remembered(one), await remembered(other)]).toEqual(['d', 'c'])
    expect(await checksumAt(one.memoryFile)).toBe(before)
    expect(await ask(await fork(frozen), 'e')).toBe('a')
  })

  it('should give forks ports, sockets and an origin of their own, and stand still until they are let run', async () => {
    const frozen = await freeze(architecture)
    const created = held.use(await frozen.fork())
    expect(created.origin).toBe('fork')
    expect((await created.qmp.execute('query-status')).running).toBe(false)
    const [one, other] = [await created.run(), await fork(frozen)]
    expect(one.sshPort).toBeGreaterThan(0)
    expect(one.sshPort).not.toBe(other.sshPort)
    expect(one.gdbSocket).not.toBe(other.gdbSocket)
    expect(one.probePort.writable).toBe(true)
  })

  it('should be forked twenty times, one after the other, also while others run', async () => {
    const frozen = await freeze(architecture)
    const long = await fork(frozen)
    for (let count = 0; count < 20; count += 1) {
      await using one = await (await frozen.fork()).run()
      expect(await ask(one, 'z')).toBe('a')
    }
    expect(await ask(long, 'z')).toBe('a')
  })

  it('should leave its forks alone when it is disposed of, and leave no file', async () => {
    const frozen = await freeze(architecture)
    const one = await fork(frozen)
    await frozen[Symbol.asyncDispose]()
    expect(existsSync(one.memoryFile)).toBe(false)
    expect(await ask(one, 'b')).toBe('a')
    expect(await remembered(one)).toBe('b')
  })
})

describe('freezeMachine', () => {
  it('should end the machine', async () => {
    const { machine } = held.use(await startRememberingMachine('x86_64'))
    held.use(await freezeMachine(machine))
    expect(await machine.exited).toMatchObject({ reason: 'stopped', code: 0 })
  })

  it('should refuse a fork, and end it', async () => {
    const one = await fork(await freeze('x86_64'))
    await expect(freezeMachine(one)).rejects.toMatchObject({ code: 'FREEZE_REFUSED' })
    expect(await one.exited).toMatchObject({ reason: 'stopped' })
  })

  it('should end with the signal that it was given', async () => {
    const { machine } = held.use(await startRememberingMachine('x86_64'))
    const signal = AbortSignal.abort(new Error('enough'))
    await expect(freezeMachine(machine, { signal })).rejects.toThrow('enough')
    expect(await machine.exited).toMatchObject({ reason: 'stopped' })
  })

  it('should give up a fork with the signal that it was given, and end one that runs', async () => {
    const frozen = await freeze('x86_64')
    await expect(frozen.fork({ signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough')
    const abort = new AbortController()
    const forking = frozen.fork({ signal: abort.signal })
    abort.abort(new Error('enough'))
    await expect(forking).rejects.toThrow('enough')
    const later = new AbortController()
    const one = held.use(await (await frozen.fork({ signal: later.signal })).run())
    later.abort()
    expect(await one.exited).toMatchObject({ signal: 'SIGKILL' })
    expect(await ask(await fork(frozen), 'b')).toBe('a')
  })
})
