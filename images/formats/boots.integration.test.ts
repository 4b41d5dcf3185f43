import { mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Architecture } from '../../harness/common/architecture.ts'
import { sha256OfFile } from '../../harness/common/digest.ts'
import { type BootOptions, boot } from '../../harness/guest/guest.ts'
import { type GuestSpec, loadTarget, specOf } from '../../harness/target/target.ts'
import { buildFormat } from './build-format.ts'
import type { FormatName } from './formats.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'formats-test-'))
})
afterAll(() => rm(folder, { recursive: true }))

/** What differs between formats is over once the kernel hands over to init; one of each firmware goes on to the login. */
const boots: readonly (readonly [FormatName, Architecture, BootOptions['until']])[] = [
  ['kernel+disk', 'x86_64', 'login'],
  ['uki', 'x86_64', 'kernel'],
  ['iso-bios', 'x86_64', 'kernel'],
  ['iso-efi', 'x86_64', 'kernel'],
  ['raw-bios', 'x86_64', 'login'],
  ['qcow2-efi', 'x86_64', 'kernel'],
  ['uki', 'arm64', 'kernel'],
  ['iso-efi', 'arm64', 'kernel'],
  ['raw-efi', 'arm64', 'login'],
]

const specOfFormat = async (name: FormatName, architecture: Architecture): Promise<GuestSpec> => {
  const path = await buildFormat(name, { variant: 'debug', architectures: [architecture] })
  const { login, ...spec } = specOf(await loadTarget(path), architecture)
  // Keys and networks are the matter of other tests.
  return { ...spec, metadata: 'none', login: login.serial === undefined ? {} : { serial: login.serial } }
}

const bootSpec = (spec: GuestSpec, until: BootOptions['until']) =>
  boot({
    ...{ architecture: spec.architecture, accelerator: 'prefer', outDirectory: folder, until },
    target: { name: 'format', source: 'test', policyPath: undefined, guests: { [spec.architecture]: spec } },
  })

describe('formats of the reference image', () => {
  it.each(boots)('should start: %s on %s', async (name, architecture, until) => {
    const spec = await specOfFormat(name, architecture)
    const paths = [spec.kernel, ...spec.disks.map(({ path }) => path)].filter((path) => path !== undefined)
    const before = await Promise.all(paths.map(sha256OfFile))
    await using guest = await bootSpec(spec, until)
    expect(Object.keys(guest.timings)).toContain('kernel')
    if (until === 'login') {
      const running = await guest.serial?.run('cat /proc/cmdline; cat /sys/block/vda/ro')
      expect(running?.stdout.toString()).toMatch(/console=tty.*\n0\n$/s)
      // A crash in the midst of writes, which go to an overlay without a name.
      await guest.serial?.run('dd if=/dev/zero of=/dev/vda bs=1M count=4 conv=notrunc,fsync 2>&1')
    }
    process.kill(guest.machine.pid, 'SIGKILL')
    await guest.machine.exited
    expect(await Promise.all(paths.map(sha256OfFile))).toEqual(before)
  })

  it.each([
    ['x86_64', 'bios'],
    ['x86_64', 'uefi'],
    ['arm64', 'uefi'],
  ] as const)(
    'should be known to start nothing from an empty disk: %s, %s',
    async (architecture, firmware) => {
      const path = join(folder, `${architecture}-${firmware}`)
      await using file = await open(path, 'w')
      await file.truncate(8 * 2 ** 20)
      const spec = await specOfFormat('raw-efi', architecture)
      const empty: GuestSpec = { ...spec, firmware, disks: [{ path, format: 'raw' }] }
      await expect(bootSpec(empty, 'login')).rejects.toMatchObject({
        ...{ blame: 'guest', phase: 'firmware', guestDied: true },
        message: expect.stringContaining('no-start'),
      })
    },
  )
})
