import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { architectures } from '../common/architecture.ts'
import { loadTarget, type Target } from '../target/target.ts'
import { deadlines } from './boot/deadlines.ts'
import { boot, type Guest } from './guest.ts'
import type { Shell } from './shell.ts'

let folder: string
let target: Target
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'guest-test-'))
  target = await loadTarget(inject('reference').debug)
})
afterAll(() => rm(folder, { recursive: true }))

/** The same image, booted or entered in another way. */
const changed = (change: (spec: NonNullable<Target['guests']['x86_64']>) => object): Target => ({
  ...target,
  guests: Object.fromEntries(
    Object.values(target.guests).map((spec) => [spec.architecture, { ...spec, ...change(spec) }]),
  ),
})

describe.each(architectures)('a guest on %s', (architecture) => {
  const start = (options: Partial<Parameters<typeof boot>[0]> = {}): Promise<Guest> =>
    boot({
      target,
      architecture,
      accelerator: 'prefer',
      outDirectory: join(folder, architecture),
      ...options,
    })

  describe('with ssh and a serial login', () => {
    let guest: Guest
    beforeAll(async () => {
      guest = await start()
    })
    afterAll(() => guest[Symbol.asyncDispose]())

    const shells = (): readonly Shell[] => [guest.ssh, guest.serial].filter((shell) => shell !== undefined)

    it('should open both and prefer ssh', () => {
      expect(shells().map(({ kind }) => kind)).toEqual(['ssh', 'serial'])
      expect(guest.shell).toBe(guest.ssh)
      expect(Object.keys(guest.timings)).toEqual(['prepare', 'firmware', 'kernel', 'init', 'login'])
    })

    it.each([
      'uname -a; id -u; cat /proc/1/comm',
      'echo out; echo err >&2; exit 9',
      `printf 'a\\000b\\377\\n'; printf 'no line end' >&2`,
      'no-such-program',
      'kill -KILL $$',
      'seq 1 20000',
      'exit 127',
      '',
    ])('should give identical results over both: %s', async (command) => {
      const [ssh, serial] = await Promise.all(shells().map((shell) => shell.run(command)))
      expect({ ...serial, durationMs: 0 }).toEqual({ ...ssh, durationMs: 0 })
    })

    it('should take the same standard input over both', async () => {
      const stdin = Buffer.from(Uint8Array.from({ length: 3000 }, (_, index) => (index * 7) % 256))
      for (const shell of shells()) {
        expect((await shell.run('cat', { stdin })).stdout.equals(stdin)).toBe(true)
      }
    })

    it('should carry 10 MB over the serial line', async () => {
      const script = 'yes 0123456789abcdef | head -c 10485758; printf "\\000\\377"'
      const result = await guest.serial?.run(script, { timeoutMs: 60_000 })
      expect(result?.stdout).toHaveLength(10_485_760)
      expect(result?.stdout.subarray(-2)).toEqual(Buffer.from([0, 255]))
    })

    it('should be exact while the kernel prints', async () => {
      const noise = 'for i in 1 2 3 4 5 6 7 8; do echo "noise $i" >/dev/kmsg; done; '
      const result = await guest.serial?.run(`${noise}seq 1 3000; ${noise}`)
      expect(result?.stdout.toString().split('\n')).toHaveLength(3001)
    })

    it('should kill a command that never returns and stay usable', async () => {
      for (const shell of shells()) {
        const hanging = shell.run(['sleep', '1000'], { timeoutMs: 1000, reason: 'a test' })
        await expect(hanging).rejects.toMatchObject({ code: 'TIMED_OUT' })
        expect((await shell.run('echo usable')).stdout.toString()).toBe('usable\n')
      }
    })

    it('should leave a log and a recording', async () => {
      const read = (name: string): Promise<string> => readFile(join(folder, architecture, name), 'utf8')
      expect(await read('console.log')).toMatch(/^ +\d+\.\d{3} {2}.*Linux version/m)
      expect(await read('console.cast')).toMatch(/^\{"version":2,/)
      expect(guest.console.incidents.filter(({ severity }) => severity !== 'warning')).toEqual([])
    })

    it('should notice a panic within 3 s, with its excerpt, although QEMU lives on', async () => {
      const dying = guest.serial?.run('echo 1 >/proc/sys/kernel/sysrq; echo c >/proc/sysrq-trigger')
      await expect(dying).rejects.toMatchObject({ code: 'GUEST_PANIC', guestDied: true })
      const death = await guest.died
      expect(death).toMatchObject({ kind: 'panic', source: 'console' })
      expect(death.excerpt.join('\n')).toContain('Kernel panic - not syncing')
      expect(guest.console.now - death.at).toBeLessThan(3000)
    })
  })

  it('should report a kernel that panics at once', async () => {
    const rootless = changed(({ cmdline }) => ({ cmdline: `${cmdline} rdinit=/none init=/none panic=0` }))
    await expect(start({ target: rootless })).rejects.toMatchObject({
      code: 'GUEST_PANIC',
      guestDied: true,
      consoleTail: expect.stringContaining('Kernel panic - not syncing'),
    })
  })

  it('should boot until the kernel has handed over', async () => {
    await using guest = await start({ until: 'kernel' })
    expect(guest.timings).not.toHaveProperty('login')
    expect(() => guest.shell).toThrow(expect.objectContaining({ code: 'NO_SHELL' }))
  })

  it('should say that an image without a prompt has none, and when QEMU is killed', async () => {
    const promptless = changed(() => ({
      login: { serial: { user: 'root', line: 'hvc0' } },
      metadata: 'none',
    }))
    const { tcg } = deadlines
    const hasty = { ...tcg, phases: { ...tcg.phases, init: 5000, login: 5000 } }
    await expect(start({ target: promptless, deadlines: hasty })).rejects.toMatchObject({
      code: 'TIMED_OUT',
      message: expect.stringMatching(/a login prompt on hvc0/),
    })
    await using guest = await start({ until: 'kernel' })
    process.kill(guest.machine.pid, 'SIGKILL')
    await expect(guest.died).resolves.toMatchObject({ kind: 'qemu-exit', source: 'qemu' })
  })
})
