import { existsSync } from 'node:fs'
import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { withDir } from 'tmp-promise'
import { describe, expect, it } from 'vitest'
import { type Architecture, architectures } from '../common/architecture.ts'
import { createMachine, type MachineOptions } from './machine.ts'
import { writeFakeQemu } from './testing/fake-qemu.ts'
import { hear } from './testing/hear.ts'
import { writeTinyKernel } from './testing/tiny-kernel.ts'

const inDirectory = (use: (path: string) => Promise<void>) =>
  withDir(({ path }) => use(path), { unsafeCleanup: true })

const optionsFor = (kernel: string, architecture: Architecture, changed: Partial<MachineOptions> = {}) => ({
  spec: {
    ...{ architecture, kernel, initrd: undefined, cmdline: 'x', kernelConfig: undefined },
    ...{ firmware: 'none' as const, disks: [] },
    ...{ memoryMiB: 64, cpus: 1, cpu: undefined, metadata: 'none' as const, login: {} },
  },
  accelerator: 'never' as const,
  disks: [],
  forwardSsh: false,
  ...changed,
})

const withOptions = (
  architecture: Architecture,
  use: (options: MachineOptions, directory: string) => Promise<void>,
) =>
  inDirectory(async (directory) => {
    const kernel = await writeTinyKernel(join(directory, 'kernel'), architecture)
    await use(optionsFor(kernel, architecture), directory)
  })

const statusOf = async (pid: number) =>
  Object.fromEntries(
    (await readFile(`/proc/${pid}/status`, 'utf8'))
      .split('\n')
      .map((line) => line.split(':\t') as [string, string]),
  )

describe.each(architectures)('a machine of %s', (architecture) => {
  it('should lose nothing of the console, and carry both directions', async () => {
    await withOptions(architecture, async (options) => {
      await using created = await createMachine(options)
      expect((await created.qmp.execute('query-status')).status).toBe('prelaunch')
      await using machine = await created.run()
      expect(await hear(machine.console, '\n')).toBe('DRYDOCK\n')
      machine.console.write('hello')
      expect(await hear(machine.console, 'hello')).toBe('hello')
    })
  })

  it.each([
    ['q', 'shutdown'],
    ['r', 'reset'],
  ])('should say how it ended when the guest chose so: %s', async (key, reason) => {
    await withOptions(architecture, async (options) => {
      await using machine = await (await createMachine(options)).run()
      await hear(machine.console, '\n')
      machine.console.write(key)
      machine.console.resume()
      expect(await machine.exited).toEqual({ reason, code: 0, signal: null, stderrTail: '' })
    })
  })

  it('should keep its memory in a file, its sockets private, and no file in the end', async () => {
    await withOptions(architecture, async (options) => {
      const machine = await createMachine(options)
      const directory = dirname(machine.memoryFile)
      expect((await stat(machine.memoryFile)).size).toBe(64 * 1024 * 1024)
      expect((await stat(machine.gdbSocket)).isSocket()).toBe(true)
      expect((await stat(directory)).mode & 0o777).toBe(0o700)
      expect(await machine.stop()).toMatchObject({ reason: 'stopped', code: 0 })
      expect(existsSync(dirname(directory))).toBe(false)
    })
  })
})

describe('createMachine', () => {
  it('should run QEMU without privileges and behind a system call filter', async () => {
    await withOptions('x86_64', async (options) => {
      await using machine = await createMachine(options)
      const { Uid, CapEff, CapPrm, CapInh, NoNewPrivs, Seccomp } = await statusOf(machine.pid)
      expect({ CapEff, CapPrm, CapInh, NoNewPrivs, Seccomp }).toEqual({
        CapEff: '0000000000000000',
        CapPrm: '0000000000000000',
        CapInh: '0000000000000000',
        NoNewPrivs: '1',
        Seccomp: '2',
      })
      expect(Uid).not.toMatch(/\b0\b/)
    })
  })

  it('should forward a port of its own for every guest', async () => {
    await withOptions('x86_64', async (options) => {
      await using first = await createMachine({ ...options, forwardSsh: true })
      await using second = await createMachine({ ...options, forwardSsh: true })
      expect(first.sshPort).toBeGreaterThan(0)
      expect(second.sshPort).toBeGreaterThan(0)
      expect(first.sshPort).not.toBe(second.sshPort)
    })
  })

  it('should give QEMU files that its user could not reach', async () => {
    await withOptions('x86_64', async (options, directory) => {
      const secret = join(directory, 'secret')
      await mkdir(secret, { mode: 0o700 })
      const path = join(secret, 'disk')
      await writeFile(path, Buffer.alloc(1024 * 1024), { mode: 0o600 })
      await chmod(options.spec.kernel ?? '', 0o600)
      const disks = [
        { path, readOnly: true, format: 'raw' as const },
        { path: await copyOf(path), readOnly: false, format: 'raw' as const },
      ]
      await using machine = await (await createMachine({ ...options, disks })).run()
      await hear(machine.console, 'DRYDOCK')
      const blocks = await machine.qmp.execute('query-block')
      expect(blocks.map(({ inserted }) => inserted?.ro)).toEqual([true, false])
    })
  })

  it.each([
    ['missing', async (path: string) => join(path, 'missing'), 'ENOENT'],
    ['a directory', async (path: string) => path, 'is none'],
  ])('should refuse a kernel that is %s before QEMU starts', async (_, kernelIn, found) => {
    await inDirectory(async (path) => {
      await expect(createMachine(optionsFor(await kernelIn(path), 'x86_64'))).rejects.toMatchObject({
        code: 'FILE_UNUSABLE',
        blame: 'usage',
        message: expect.stringContaining(found),
      })
    })
  })

  it('should say which CPU model does not exist', async () => {
    await withOptions('x86_64', async (options) => {
      const spec = { ...options.spec, cpu: 'z80' }
      await expect(createMachine({ ...options, spec })).rejects.toMatchObject({
        code: 'CPU_UNKNOWN',
        blame: 'usage',
        hint: expect.stringContaining('-cpu help'),
      })
    })
  })

  it("should hand on QEMU's last words when it ends before the guest could run", async () => {
    await withOptions('x86_64', async (options, directory) => {
      const path = await writeFakeQemu(join(directory, 'qemu'), { guest: 'echo "out of luck" >&2; exit 3' })
      await chmod(directory, 0o755)
      process.env.DRYDOCK_QEMU_X86_64 = path
      try {
        await expect(createMachine(options)).rejects.toMatchObject({
          code: 'QEMU_FAILED',
          message: expect.stringContaining('(exit code 3): out of luck'),
        })
      } finally {
        delete process.env.DRYDOCK_QEMU_X86_64
      }
    })
  })

  it('should notice at once that QEMU was killed', async () => {
    await withOptions('x86_64', async (options) => {
      await using machine = await (await createMachine(options)).run()
      machine.console.resume()
      process.kill(machine.pid, 'SIGKILL')
      expect(await machine.exited).toMatchObject({ reason: 'killed', code: null, signal: 'SIGKILL' })
      await expect(machine.qmp.execute('stop')).rejects.toMatchObject({ code: 'QMP_CLOSED' })
    })
  })

  it('should end with the signal that it was given', async () => {
    await withOptions('x86_64', async (options) => {
      const abort = new AbortController()
      await using machine = await createMachine({ ...options, signal: abort.signal })
      abort.abort()
      expect(await machine.exited).toMatchObject({ reason: 'stopped', signal: 'SIGKILL' })
      await expect(createMachine({ ...options, signal: abort.signal })).rejects.toThrow('aborted')
    })
  })
})

const copyOf = async (path: string): Promise<string> => {
  const copy = `${path}.copy`
  await writeFile(copy, await readFile(path), { mode: 0o600 })
  return copy
}
