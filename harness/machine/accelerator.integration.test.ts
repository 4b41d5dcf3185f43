import { chmod, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { withDir } from 'tmp-promise'
import { describe, expect, it } from 'vitest'
import { architectures } from '../common/architecture.ts'
import { smokeBoot } from './accelerator/smoke-guest.ts'
import { decideAccelerator } from './accelerator.ts'
import { machineArchitectures } from './architectures.ts'
import { findQemu, type Qemu } from './qemu.ts'
import { writeFakeQemu } from './testing/fake-qemu.ts'

const withFake = (guest: string, use: (qemu: Qemu) => Promise<void>) =>
  withDir(
    async ({ path }) => {
      // QEMU runs as another user where we are root.
      await chmod(path, 0o755)
      const fake = await writeFakeQemu(join(path, 'qemu'), { guest })
      await use(await findQemu('x86_64', { ...process.env, DRYDOCK_QEMU_X86_64: fake }))
    },
    { unsafeCleanup: true },
  )

const smoke = (qemu: Qemu) => smokeBoot({ qemu, accelerator: 'tcg', cpu: 'max' })

describe('smokeBoot', () => {
  it.each(architectures)('should hear the smoke guest of %s where the CPU works', async (architecture) => {
    const qemu = await findQemu(architecture)
    const cpu = machineArchitectures[architecture].defaultCpu.tcg
    const result = await smokeBoot({ qemu, accelerator: 'tcg', cpu })
    expect(result).toEqual({
      works: true,
      reason: expect.stringMatching(/^the smoke guest answered in \d+ ms$/),
    })
  })

  it("should hand on QEMU's words when it aborts", async () => {
    await withFake(
      'echo "qemu: warning: x" >&2; echo "failed to set MSR 0x10a" >&2; kill -ABRT $$',
      async (qemu) => {
        expect(await smoke(qemu)).toEqual({
          works: false,
          reason: 'the smoke guest could not run: QEMU ended with SIGABRT: failed to set MSR 0x10a',
        })
      },
    )
  })

  it.each([
    ['in its first instructions', 'exec sleep 30', 'hung in its first instructions'],
    ['after it turned on paging', 'printf . >&3; exec sleep 30', 'turned on paging, but'],
  ])('should decide in less than 5 s about a guest that hangs %s', async (_, guest, reason) => {
    await withFake(guest, async (qemu) => {
      const started = performance.now()
      expect(await smoke(qemu)).toMatchObject({ works: false, reason: expect.stringContaining(reason) })
      expect(performance.now() - started).toBeLessThan(5000)
    })
  })
})

describe('decideAccelerator', () => {
  it('should not look at KVM where policy is to never use it', async () => {
    const qemu = await findQemu('x86_64')
    expect(await decideAccelerator(qemu, 'x86_64', 'never', { device: '/nonexistent' })).toEqual({
      used: 'tcg',
      policy: 'never',
      reason: 'policy is to never use KVM',
    })
  })

  it('should emulate where KVM cannot be used, and say why', async () => {
    const foreign = process.arch === 'arm64' ? 'x86_64' : 'arm64'
    const decision = await decideAccelerator(await findQemu(foreign), foreign, 'prefer')
    expect(decision).toMatchObject({
      used: 'tcg',
      reason: expect.stringContaining(`does not run ${foreign}`),
    })
  })

  it('should fail where policy requires KVM and there is none', async () => {
    const own = process.arch === 'arm64' ? 'arm64' : 'x86_64'
    const qemu = await findQemu(own)
    await expect(decideAccelerator(qemu, own, 'require', { device: '/nonexistent' })).rejects.toMatchObject({
      code: 'KVM_REQUIRED',
      blame: 'testbed',
      message: expect.stringContaining('/nonexistent does not exist'),
    })
  })

  it.runIf(process.arch === 'x64')('should ask a smoke guest once for each QEMU', async () => {
    await withFake('echo x >> "$(dirname "$0")/boots"; echo "no such luck" >&2; exit 1', async (qemu) => {
      const directory = dirname(qemu.path)
      const boots = join(directory, 'boots')
      await writeFile(boots, '')
      await chmod(boots, 0o666)
      const options = { cacheDirectory: join(directory, 'cache'), device: '/dev/null' }
      const decide = () => decideAccelerator(qemu, 'x86_64', 'prefer', options)
      const first = await decide()
      expect(first.reason).toBe(
        'no KVM: the smoke guest could not run: QEMU ended with exit code 1: no such luck',
      )
      expect(await decide()).toEqual(first)
      expect(await readFile(boots, 'utf8')).toBe('x\n')
    })
  })
})
