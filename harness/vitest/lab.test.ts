import { mkdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { dir } from 'tmp-promise'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loadPolicy } from '../rules/policy-file.ts'
import { openLab } from './lab.ts'
import { type FakeLab, type FakeLabOptions, fakeLab, fakeTarget } from './testing/fake-lab.ts'

let folder: string
let cleanup: () => Promise<void>

beforeEach(async () => {
  const made = await dir({ unsafeCleanup: true })
  folder = made.path
  cleanup = made.cleanup
})
afterEach(() => cleanup())

const open = async (options: FakeLabOptions = {}) => {
  const parts: FakeLab = fakeLab(options)
  await mkdir(join(folder, 'out'))
  const lab = openLab(
    {
      target: fakeTarget('/kernel'),
      architecture: 'x86_64',
      accelerator: 'prefer',
      policy: await loadPolicy(),
      outDirectory: join(folder, 'out'),
    },
    parts,
  )
  return { lab, parts }
}

describe('openLab', () => {
  it('should boot one guest for all checks, when the first asks, and close it with the lab', async () => {
    const { lab, parts } = await open()
    expect(parts.boots).toHaveLength(0)
    const first = await lab.contextFor('root.a').guest()
    const second = await lab.contextFor('root.b').guest()
    expect(second).toBe(first)
    expect(parts.boots).toMatchObject([{ until: 'login', outDirectory: join(folder, 'out') }])
    await lab[Symbol.asyncDispose]()
    expect(parts.closed).toEqual([join(folder, 'out')])
  })

  it('should tell every check why the guest did not boot, and try only once', async () => {
    const { lab, parts } = await open({ onBoot: () => Promise.reject(new Error('no kernel')) })
    await lab.warmUp()
    await expect(lab.contextFor('root.a').guest()).rejects.toThrow('no kernel')
    await expect(lab.contextFor('root.b').probe()).rejects.toThrow('no kernel')
    expect(parts.boots).toHaveLength(1)
    expect(lab.bootFailure).toMatchObject({ message: 'no kernel' })
  })

  it('should give each cold boot a folder of its own, and end it with the check', async () => {
    const { lab, parts } = await open()
    {
      await using context = lab.contextFor('kernel.kaslr')
      await context.coldBoot('kernel')
      await context.coldBoot('kernel')
      expect(parts.closed).toHaveLength(0)
    }
    const folders = [1, 2].map((n) => join(folder, 'out', 'cold-boots', `${n}-kernel.kaslr`))
    expect(parts.closed.toSorted()).toEqual(folders)
    expect((await stat(folders[0] ?? '')).isDirectory()).toBe(true)
  })

  it('should close a guest that was still booting when the lab was left', async () => {
    const { promise: gate, resolve } = Promise.withResolvers<void>()
    const { lab, parts } = await open({ onBoot: () => gate })
    const booting = lab.contextFor('root.a').guest()
    const closing = lab[Symbol.asyncDispose]()
    expect(parts.boots[0]?.signal?.aborted).toBe(true)
    resolve()
    await Promise.all([booting, closing])
    expect(parts.closed).toEqual([join(folder, 'out')])
  })

  it('should refuse an architecture that the target does not have', async () => {
    const options = { accelerator: 'prefer', policy: await loadPolicy(), outDirectory: folder } as const
    expect(() =>
      openLab({ ...options, target: fakeTarget('/kernel'), architecture: 'arm64' }, fakeLab()),
    ).toThrow('demo.yml: expected an image for arm64, found one for x86_64')
  })
})
