import { mkdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { dir } from 'tmp-promise'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { CheckId } from '../rules/catalogue.ts'
import type { GuestUse } from '../rules/context.ts'
import { loadPolicy } from '../rules/policy-file.ts'
import type { Target } from '../target/target.ts'
import { openLab } from './lab.ts'
import { type FakeLab, type FakeLabOptions, fakeLab, fakeTarget, freezeRefused } from './testing/fake-lab.ts'

let folder: string
let cleanup: () => Promise<void>

beforeEach(async () => {
  const made = await dir({ unsafeCleanup: true })
  folder = made.path
  cleanup = made.cleanup
})
afterEach(() => cleanup())

const named = (id: string, guest: GuestUse = 'shared') => ({ id: id as CheckId, guest })

const open = async (options: FakeLabOptions = {}, target: Target = fakeTarget('/kernel')) => {
  const parts: FakeLab = fakeLab(options)
  await mkdir(join(folder, 'out'))
  const lab = openLab(
    {
      ...{ target, architecture: 'x86_64', accelerator: 'prefer' },
      policy: await loadPolicy(),
      outDirectory: join(folder, 'out'),
      keep: 'cache',
      enterContainers: true,
    },
    parts,
  )
  return { lab, parts, out: (...names: readonly string[]) => join(folder, 'out', ...names) }
}

describe('openLab', () => {
  it('should boot and freeze once, when the first check asks, and let those who read share a fork', async () => {
    const { lab, parts, out } = await open()
    expect(parts.boots).toHaveLength(0)
    const first = await lab.contextFor(named('root.a')).guest()
    const second = await lab.contextFor(named('root.b')).guest()
    expect(second).toBe(first)
    expect(parts.boots).toMatchObject([{ keep: 'cache', enterContainers: true, outDirectory: out() }])
    expect(parts.forks).toEqual([out('shared', '1')])
    expect(lab.guests.origin).toMatchObject({ fromCache: false, notFrozen: undefined })
    await lab[Symbol.asyncDispose]()
    expect(parts.closed).toEqual([out('shared', '1'), 'frozen'])
  })

  it('should give every attack a fork of its own, and end it with the check', async () => {
    const { lab, parts, out } = await open()
    const guests = new Set([await lab.contextFor(named('root.read')).guest()])
    for (const id of ['root.a', 'root.b']) {
      await using context = lab.contextFor(named(id, 'pristine'))
      guests.add(await context.guest())
      guests.add(await context.guest())
      guests.add(await context.pristine())
    }
    expect(guests.size).toBe(5)
    expect(parts.boots).toHaveLength(1)
    expect(parts.closed.toSorted()).toEqual(
      ['1-root.a', '2-root.a', '3-root.b', '4-root.b'].map((name) => out('forks', name)),
    )
  })

  it('should replace a shared guest that has died', async () => {
    const { lab, parts, out } = await open()
    const first = await lab.contextFor(named('root.a')).guest()
    await parts.kill()
    expect(await lab.contextFor(named('root.b')).guest()).not.toBe(first)
    expect(parts.forks).toEqual([out('shared', '1'), out('shared', '2')])
    expect(parts.boots).toHaveLength(1)
  })

  it('should boot for every attack where the guest cannot be frozen, and say why', async () => {
    const { lab, parts, out } = await open({ refusal: freezeRefused })
    await lab.prepare()
    await using context = lab.contextFor(named('root.a', 'pristine'))
    await context.probe()
    expect(parts.boots.map(({ outDirectory }) => outDirectory)).toEqual([out(), out('forks', '1-root.a')])
    expect(lab.guests.origin?.notFrozen).toBe('QEMU cannot save the state of a device')
  })

  it('should judge an image without login as it boots, and boot nothing for attacks on it', async () => {
    const { lab, parts, out } = await open({}, fakeTarget('/kernel', ['x86_64'], {}))
    await lab.contextFor(named('root.a')).guest()
    await expect(lab.contextFor(named('root.b', 'pristine')).probe()).rejects.toMatchObject({
      code: 'NO_SHELL',
    })
    expect(parts.boots.map(({ outDirectory }) => outDirectory)).toEqual([out()])
    expect(parts.forks).toEqual([])
  })

  it('should tell every check why the guest did not boot, and try only once', async () => {
    const { lab, parts } = await open({ onBoot: () => Promise.reject(new Error('no kernel')) })
    await lab.prepare()
    await expect(lab.contextFor(named('root.a')).guest()).rejects.toThrow('no kernel')
    await expect(lab.contextFor(named('root.b', 'pristine')).probe()).rejects.toThrow('no kernel')
    expect(parts.boots).toHaveLength(1)
    expect(lab.guests.failure).toMatchObject({ message: 'no kernel' })
  })

  it('should give each cold boot a folder of its own, and end it with the check', async () => {
    const { lab, parts, out } = await open()
    {
      await using context = lab.contextFor(named('kernel.kaslr', 'cold-boot'))
      await context.coldBoot('kernel')
      await context.coldBoot('kernel')
      expect(parts.closed).toHaveLength(0)
    }
    const folders = [1, 2].map((n) => out('cold-boots', `${n}-kernel.kaslr`))
    expect(parts.closed.toSorted()).toEqual(folders)
    expect((await stat(folders[0] ?? '')).isDirectory()).toBe(true)
  })

  it('should close a guest that was still booting when the lab was left', async () => {
    const { promise: gate, resolve } = Promise.withResolvers<void>()
    const { lab, parts } = await open({ onBoot: () => gate })
    const booting = lab.contextFor(named('root.a')).guest()
    await expect.poll(() => parts.boots).toHaveLength(1)
    const closing = lab[Symbol.asyncDispose]()
    expect(parts.boots[0]?.signal?.aborted).toBe(true)
    resolve()
    await Promise.all([booting, closing])
    expect(parts.closed).toContain('frozen')
  })

  it('should refuse an architecture that the target does not have', async () => {
    const options = {
      accelerator: 'prefer',
      outDirectory: folder,
      keep: 'run',
      enterContainers: false,
    } as const
    const policy = await loadPolicy()
    expect(() =>
      openLab({ ...options, policy, target: fakeTarget('/kernel'), architecture: 'arm64' }, fakeLab()),
    ).toThrow('demo.yml: expected an image for arm64, found one for x86_64')
  })
})
