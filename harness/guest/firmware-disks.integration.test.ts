import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { type Architecture, architectures } from '../common/architecture.ts'
import { sha256OfFile } from '../common/digest.ts'
import { emptyOverlay } from '../machine/disks/overlay.ts'
import { type GuestDisk, loadTarget, type Target } from '../target/target.ts'
import { boot, type Guest } from './guest.ts'
import type { ColdGuest } from './guest-states.ts'

const diskBytes = 8 * 1024 * 1024
/** Where QEMU maps the flash with the variables: below 4 GiB, and in the second half of the flash. */
const variablesAt: Readonly<Record<Architecture, string>> = { x86_64: '0xffc00000', arm64: '0x04000000' }
/** `_FVH` in the header of a firmware volume (UEFI Platform Initialization, volume 3, 3.2.1). */
const volumeSignature = '0x5f 0x46 0x56 0x48'

let folder: string
let target: Target
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'firmware-disks-test-'))
  const { pieces, size } = emptyOverlay(diskBytes)
  const qcow2 = Buffer.alloc(size)
  for (const [position, piece] of pieces) piece.copy(qcow2, position)
  const disks: readonly GuestDisk[] = [
    { path: join(folder, 'disk.raw'), format: 'raw' },
    { path: join(folder, 'disk.qcow2'), format: 'qcow2' },
  ]
  await writeFile(join(folder, 'disk.raw'), Buffer.alloc(diskBytes, 'image '))
  await writeFile(join(folder, 'disk.qcow2'), qcow2)
  const { guests, ...rest } = await loadTarget(inject('reference').debug)
  const changed = Object.values(guests).map((spec) => [
    spec.architecture,
    { ...spec, firmware: 'uefi', disks },
  ])
  target = { ...rest, guests: Object.fromEntries(changed) }
})
afterAll(() => rm(folder, { recursive: true }))

const checksumsIn = async (path: string): Promise<Record<string, string>> => {
  const names = (await readdir(path)).filter((name) => name.startsWith('disk.') || name.startsWith('file'))
  const sums = names.map(async (name) => [name, await sha256OfFile(join(path, name))])
  return Object.fromEntries(await Promise.all(sums))
}

const run = async (guest: Guest, command: string): Promise<string> => {
  const result = await guest.serial?.run(command)
  if (result?.exitCode !== 0) throw new Error(`${command}: ${result?.stderr}`)
  return result.stdout.toString()
}
const write = (guest: Guest, disk: string, block: number, text: string) =>
  run(guest, `printf '${text}' | dd of=/dev/${disk} bs=512 seek=${block} conv=notrunc,fsync 2>/dev/null`)
/** The first six bytes of a block, past what the guest has cached of it. */
const read = (guest: Guest, disk: string, block: number) =>
  run(
    guest,
    `echo 3 >/proc/sys/vm/drop_caches; dd if=/dev/${disk} bs=512 skip=${block} count=1 2>/dev/null | head -c 6`,
  )

/** The beginning of the UEFI variables, read from outside. */
const variables = (guest: Guest) => guest.machine.qmp.human(`xp /256xb ${variablesAt[guest.architecture]}`)

describe.each(architectures)('a guest with UEFI firmware and disks on %s', (architecture) => {
  let guest: ColdGuest
  beforeAll(async () => {
    const outDirectory = join(folder, architecture)
    guest = await boot({ target, architecture, accelerator: 'prefer', outDirectory })
  })
  afterAll(() => guest[Symbol.asyncDispose]())

  it('should have been started by its firmware, phase by phase', async () => {
    expect(await run(guest, 'ls /sys/firmware/efi')).toContain('fw_platform_size')
    expect(Object.keys(guest.timings)).toEqual(['prepare', 'firmware', 'kernel', 'init', 'login'])
    expect(Math.min(...Object.values(guest.timings))).toBeGreaterThan(100)
    expect((await variables(guest)).replace(/\n[0-9a-f]+:/g, '')).toContain(volumeSignature)
  })

  it('should see its disks before those of Drydock, and be able to write to them', async () => {
    expect(await run(guest, 'cat /sys/block/vd[abc]/ro /sys/block/vd[ab]/size')).toBe(
      '0\n0\n1\n16384\n16384\n',
    )
    expect(await read(guest, 'vda', 0)).toBe('image ')
    expect(await read(guest, 'vdb', 0)).toBe('\0'.repeat(6))
    await write(guest, 'vda', 0, 'frozen')
    await write(guest, 'vdb', 1000, 'frozen')
    expect(await read(guest, 'vda', 0)).toBe('frozen')
    expect(await read(guest, 'vda', 1)).not.toBe('frozen')
  })

  it('should have forks that share what was written before, and nothing after', async () => {
    const image = await checksumsIn(folder)
    const before = await variables(guest)
    const into = join(folder, `${architecture}-frozen`)
    await mkdir(into, { mode: 0o700 })
    await using frozen = await guest.freeze({ into })
    const layers = await checksumsIn(into)
    await using one = await frozen.fork({ outDirectory: undefined })
    await using other = await frozen.fork({ outDirectory: undefined })
    expect([await variables(one), await variables(other)]).toEqual([before, before])
    for (const [fork, word] of [
      [one, 'first '],
      [other, 'second'],
    ] as const) {
      expect([await read(fork, 'vda', 0), await read(fork, 'vdb', 1000)]).toEqual(['frozen', 'frozen'])
      await write(fork, 'vda', 0, word)
      await write(fork, 'vdb', 2000, word)
    }
    expect([await read(one, 'vda', 0), await read(one, 'vdb', 2000)]).toEqual(['first ', 'first '])
    expect([await read(other, 'vda', 0), await read(other, 'vdb', 2000)]).toEqual(['second', 'second'])
    await using third = await frozen.fork({ outDirectory: undefined })
    expect([await read(third, 'vda', 0), await read(third, 'vdb', 2000)]).toEqual(['frozen', '\0'.repeat(6)])
    expect(await checksumsIn(into)).toEqual(layers)
    expect(Object.keys(layers).length).toBeGreaterThan(2)
    expect(await checksumsIn(folder)).toEqual(image)
  })
})
