import { mkdtemp, open, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { type Architecture, architectures } from '../common/architecture.ts'
import { sha256 } from '../common/digest.ts'
import { loadTarget, specOf } from '../target/target.ts'
import { entryNames, openEntry } from './frozen/cache-entry.ts'
import { type ForkedGuest, type FrozenGuest, frozenGuest } from './frozen-guest.ts'
import { boot } from './guest.ts'
import { connectProbe } from './probe.ts'
import { greetPort } from './probe-port.ts'
import { probeLostWith } from './running-guest.ts'
import type { Shell } from './shell.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'frozen-guest-test-'))
})
afterAll(() => rm(folder, { recursive: true }))

const optionsFor = async (architecture: Architecture, variant: 'debug' | 'release') => ({
  target: await loadTarget(inject('reference')[variant]),
  architecture,
  accelerator: 'prefer' as const,
  outDirectory: join(folder, `${variant}-${architecture}`),
})

const fork = (frozen: FrozenGuest): Promise<ForkedGuest> => frozen.fork({ outDirectory: undefined })

/** Seconds by which the guest's clock is behind the host's; it shows whole seconds. */
const clockLag = async (shell: Shell): Promise<number> => {
  const { stdout } = await shell.run('date +%s')
  return Date.now() / 1000 - Number(stdout.toString())
}

describe.each(architectures)('a frozen guest of %s', (architecture) => {
  const cache = (): string => join(folder, `cache-${architecture}`)
  const frozenDebug = async (say: (detail: string) => void = () => {}): Promise<FrozenGuest> => {
    const options = await optionsFor(architecture, 'debug')
    return await frozenGuest({ ...options, keep: 'cache', progress: ({ detail }) => say(detail) }, cache())
  }
  const entry = async (): Promise<string> => {
    const [name = ''] = (await readdir(cache())).filter((found) => !found.startsWith('.'))
    return join(cache(), name)
  }
  let frozen: FrozenGuest
  beforeAll(async () => {
    // Both at once: one boots, the other waits for it.
    const both = await Promise.all([frozenDebug(), frozenDebug()])
    expect(both.map(({ fromCache }) => fromCache).toSorted()).toEqual([false, true])
    const booted = both.find(({ fromCache }) => !fromCache)
    await booted?.[Symbol.asyncDispose]()
    const found = both.find(({ fromCache }) => fromCache)
    if (found === undefined) throw new Error('neither came from the cache')
    frozen = found
  })
  afterAll(() => frozen[Symbol.asyncDispose]())

  it('should remember its boot', async () => {
    expect(Object.keys(frozen.timings)).toEqual(['prepare', 'firmware', 'kernel', 'init', 'login'])
    expect(Date.now() - frozen.bootedAt.getTime()).toBeLessThan(600_000)
    const log = await readFile(join(folder, `debug-${architecture}`, 'console.log'), 'utf8')
    expect(log).toContain('Linux version')
  })

  it('should have forks that answer over the probe, serial and ssh', async () => {
    await using guest = await fork(frozen)
    expect(guest.origin).toBe('fork')
    const probe = await guest.probe()
    expect(probe.way).toBe('port')
    expect((await probe.host.read('/proc/1/comm')).toString()).toBe('init\n')
    // None of the frozen guest's connections is left: sshd's only process is the one that listens.
    const daemons = (await probe.processes()).filter(({ comm }) => comm === 'dropbear')
    expect(daemons).toHaveLength(1)
    for (const shell of [guest.serial, guest.ssh])
      expect((await shell?.run('echo answer; exit 3'))?.exitCode).toBe(3)
  })

  it('should have forks whose probe is reached through either shell, too', async () => {
    await using guest = await fork(frozen)
    const { whereabouts } = await guest.probe()
    for (const shell of [guest.ssh, guest.serial]) {
      if (shell === undefined) throw new Error('the debug variant has both shells')
      const ways = { port: guest.machine.probePort, shell, lost: probeLostWith(guest.console, guest.machine) }
      const other = await connectProbe({ ...whereabouts, portProblem: 'none, for this test' }, ways)
      expect(other.way).toBe(shell.kind)
      expect((await other.host.read('/proc/1/comm')).toString()).toBe('init\n')
      await other.leave()
    }
  })

  it('should have a probe that heeds a new peer, whatever the last one left behind', async () => {
    await using guest = await fork(frozen)
    await (await guest.probe()).leave()
    const { probePort } = guest.machine
    probePort.write('{"id":1,"op":"processes","place":"host"}\n{"id":2,"op":"hash","pla')
    const greeted = await greetPort(probePort, {
      timeoutMs: 20_000,
      lost: probeLostWith(guest.console, guest.machine),
      setClock: true,
    })
    expect(greeted.clockProblem).toBeUndefined()
    const answer = new Promise<string>((resolve) => probePort.once('data', (bytes) => resolve(String(bytes))))
    probePort.write('{"id":3,"op":"readlink","place":"host","paths":["/proc/1/exe"]}\n')
    expect(await answer).toBe('{"id":3,"result":"/usr/sbin/init"}\n')
  })

  it('should notice at once when the probe is killed', async () => {
    await using guest = await fork(frozen)
    const probe = await guest.probe()
    // It may be told before the shell has answered that it has killed it.
    const told = expect(probe.host.hashTree(['/usr'])).rejects.toMatchObject({ code: 'PROBE_LOST' })
    const { pid } = probe.whereabouts
    expect((await guest.serial?.run(['kill', '-KILL', String(pid)]))?.exitCode).toBe(0)
    await told
    expect(guest.death).toBeUndefined()
  })

  it('should have forks that do not see what another one did', async () => {
    await using one = await fork(frozen)
    await using other = await fork(frozen)
    expect((await one.serial?.run('echo mark >/tmp/mark; cat /tmp/mark'))?.stdout.toString()).toBe('mark\n')
    expect((await other.serial?.run('cat /tmp/mark'))?.exitCode).toBe(1)
  })

  it('should outlive a fork that panics', async () => {
    {
      await using dying = await fork(frozen)
      const panic = dying.serial?.run('echo 1 >/proc/sys/kernel/sysrq; echo c >/proc/sysrq-trigger')
      await expect(panic).rejects.toMatchObject({ code: 'GUEST_PANIC', guestDied: true })
      const probe = await dying.probe()
      await expect(probe.host.stat('/')).rejects.toMatchObject({ guestDied: true })
    }
    await using guest = await fork(frozen)
    expect((await guest.serial?.run('echo alive'))?.stdout.toString()).toBe('alive\n')
  })

  it('should have forks with the right time', async () => {
    expect(Date.now() - frozen.bootedAt.getTime()).toBeGreaterThan(4000)
    await using guest = await fork(frozen)
    expect(guest.clockProblem).toBeUndefined()
    if (guest.serial === undefined) throw new Error('the debug variant has a serial login')
    const lag = await clockLag(guest.serial)
    expect(lag).toBeGreaterThan(-1)
    expect(lag).toBeLessThan(2)
  })

  it('should not be used again once something of it is damaged', async () => {
    const spec = specOf((await optionsFor(architecture, 'debug')).target, architecture)
    const folderOf = await entry()
    const machine = join(folderOf, entryNames.machine)
    const opens = async (): Promise<string> => {
      const said: string[] = []
      const opened = await openEntry(folderOf, spec, {
        outDirectory: join(folder, 'unused'),
        progress: ({ detail }) => said.push(detail),
      })
      await opened?.[Symbol.asyncDispose]()
      return opened === undefined ? said.join() : 'sound'
    }
    /** Changes a file, looks, and puts it back. */
    const withDamage = async (path: string, damage: () => Promise<void>): Promise<string> => {
      const bytes = await readFile(path)
      await damage()
      const outcome = await opens()
      await writeFile(path, bytes)
      return outcome
    }
    const state = join(machine, 'state')
    const guest = join(folderOf, entryNames.state)
    const manifest = join(machine, 'frozen.json')
    expect(await opens()).toBe('sound')
    expect(await withDamage(state, () => truncate(state, 1000))).toMatch(/state/)
    expect(await withDamage(guest, () => truncate(guest, 100))).toMatch(/guest\.json is damaged/)
    const otherQemu = async () => {
      const [, text = ''] = (await readFile(manifest, 'utf8')).split('\n')
      const changed = text.replaceAll(/QEMU emulator version [\d.]+/g, 'QEMU emulator version 99.0.0')
      await writeFile(manifest, `${sha256(changed)}\n${changed}\n`)
    }
    expect(await withDamage(manifest, otherQemu)).toMatch(/99\.0\.0/)
    await flipByte(join(machine, 'memory'))
    expect(await opens()).toMatch(/memory/)
  })

  it('should be booted anew in the place of a damaged one, and say so', async () => {
    const said: string[] = []
    await using rebuilt = await frozenDebug((detail) => said.push(detail))
    expect(rebuilt.fromCache).toBe(false)
    expect(said.join('\n')).toMatch(/is of no use: memory has changed/)
    await using again = await frozenDebug()
    expect(again.fromCache).toBe(true)
    await using guest = await fork(again)
    expect((await guest.serial?.run('echo alive'))?.stdout.toString()).toBe('alive\n')
  })

  it('should work for an image with ssh alone, by freezing a guest that is at work', async () => {
    const guest = await boot(await optionsFor(architecture, 'release'))
    await guest.ssh?.run('echo before >/tmp/mark')
    await using standing = await guest.freeze()
    expect((await guest.machine.exited).reason).toBe('stopped')
    await using copy = await standing.fork({ outDirectory: join(folder, 'fork') })
    expect((await (await copy.probe()).host.read('/tmp/mark')).toString()).toBe('before\n')
    expect((await copy.ssh?.run('cat /tmp/mark'))?.stdout.toString()).toBe('before\n')
    expect(copy.serial).toBeUndefined()
    expect(await readdir(join(folder, 'fork'))).toContain('console.log')
  })
})

const flipByte = async (path: string): Promise<void> => {
  await using file = await open(path, 'r+')
  const bytes = Buffer.alloc(1024 * 1024)
  for (let position = 0; ; position += bytes.length) {
    const { bytesRead } = await file.read(bytes, 0, bytes.length, position)
    if (bytesRead === 0) throw new Error('the memory is empty')
    const index = bytes.findIndex((byte) => byte !== 0)
    if (index !== -1) {
      await file.write(Buffer.from([(bytes[index] ?? 0) ^ 1]), 0, 1, position + index)
      return
    }
  }
}
