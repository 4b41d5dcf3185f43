import { chmod, mkdir, readFile, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { dir } from 'tmp-promise'
import { afterEach, describe, expect, it } from 'vitest'
import { architectures } from '../../common/architecture.ts'
import { sha256 } from '../../common/digest.ts'
import { writeFakeQemu } from '../testing/fake-qemu.ts'
import { type FrozenMachine, openFrozenMachine } from './frozen-machine.ts'
import { keptNames, readManifest, writeManifest } from './manifest.ts'
import { ask, freezeRememberingMachine } from './testing/remembering-machine.ts'

let held = new AsyncDisposableStack()
afterEach(async () => {
  await held.disposeAsync()
  held = new AsyncDisposableStack()
})

const emptyFolder = async (): Promise<string> => {
  const folder = await dir({ unsafeCleanup: true, prefix: 'drydock-kept-' })
  held.defer(() => folder.cleanup())
  return folder.path
}

const keep = async (architecture: 'x86_64' | 'arm64') => {
  const folder = await emptyFolder()
  const { kernel, frozen } = held.use(await freezeRememberingMachine(architecture, { into: folder }))
  return { folder, kernel, frozen }
}

/** Opens the folder; gives what was said where there is nothing in it. */
const reopen = async (folder: string): Promise<FrozenMachine | string> => {
  const said: string[] = []
  const frozen = await openFrozenMachine(folder, { progress: ({ detail }) => said.push(detail) })
  return frozen === undefined ? said.join('\n') : held.use(frozen)
}

const overwrite = async (path: string, offset: number): Promise<void> => {
  const bytes = await readFile(path)
  bytes.writeUInt8(bytes.readUInt8(offset) ^ 1, offset)
  await writeFile(path, bytes)
}

describe.each(architectures)('a machine of %s that was frozen into a folder', (architecture) => {
  it('should be forked at once, and again once it was opened', async () => {
    const { folder, frozen } = await keep(architecture)
    const later = await reopen(folder)
    if (typeof later === 'string') throw new Error(later)
    for (const one of [frozen, later]) {
      await using fork = await (await one.fork()).run()
      expect(await ask(fork, 'b')).toBe('a')
    }
    await frozen[Symbol.asyncDispose]()
    expect(await reopen(folder)).not.toBeTypeOf('string')
  })
})

describe('openFrozenMachine', () => {
  it('should find nothing in an empty folder, or where there is none', async () => {
    const folder = await emptyFolder()
    expect(await reopen(folder)).toContain('frozen.json is missing, damaged or of another version')
    expect(await reopen(join(folder, 'none'))).toContain('frozen.json is missing')
  })

  it.each([
    [
      'a byte of its memory',
      ({ folder }) => overwrite(join(folder, keptNames.memory), 0x20_0000),
      'memory has changed',
    ],
    [
      'a zero of its memory',
      ({ folder }) => overwrite(join(folder, keptNames.memory), 50 << 20),
      'memory has changed',
    ],
    [
      'the end of its memory',
      ({ folder }) => truncate(join(folder, keptNames.memory), 1 << 20),
      'memory has changed',
    ],
    [
      'the end of its state',
      ({ folder }) => truncate(join(folder, keptNames.state), 1000),
      'state has changed',
    ],
    [
      'its manifest',
      ({ folder }) => overwrite(join(folder, keptNames.manifest), 90),
      'frozen.json is missing, damaged',
    ],
    ['its kernel', ({ kernel }) => overwrite(kernel, 60), 'kernel has changed'],
    ['where its kernel was', ({ kernel }) => truncate(kernel, 0).then(() => chmod(kernel, 0)), 'kernel'],
  ] satisfies [string, (kept: { folder: string; kernel: string }) => Promise<void>, string][])(
    'should notice a change of %s, and say so',
    async (_, damage, words) => {
      const kept = await keep('x86_64')
      await damage(kept)
      expect(await reopen(kept.folder)).toContain(words)
    },
  )

  it('should not take one of another QEMU', async () => {
    const { folder } = await keep('x86_64')
    const bin = join(await emptyFolder(), 'bin')
    await mkdir(bin)
    process.env.DRYDOCK_QEMU_X86_64 = await writeFakeQemu(join(bin, 'qemu'))
    try {
      expect(await reopen(folder)).toMatch(
        /it is of QEMU emulator version .*, found QEMU emulator version 9\.9\.9/,
      )
    } finally {
      delete process.env.DRYDOCK_QEMU_X86_64
    }
  })

  it("should have forks fail with QEMU's words where the state is not whole", async () => {
    const { folder } = await keep('x86_64')
    const path = join(folder, keptNames.state)
    const whole = await readFile(path)
    const state = whole.subarray(0, whole.length / 2)
    await writeFile(path, state)
    const manifest = await readManifest(folder)
    if (manifest === undefined) throw new Error('no manifest')
    await writeManifest(folder, { ...manifest, state: sha256(state) })
    const frozen = await reopen(folder)
    if (typeof frozen === 'string') throw new Error(frozen)
    await expect(frozen.fork()).rejects.toMatchObject({
      code: 'FORK_FAILED',
      message: expect.stringMatching(/load of migration failed|rror/),
    })
  })
})
