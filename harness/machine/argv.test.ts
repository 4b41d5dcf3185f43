import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { architectures } from '../common/architecture.ts'
import { type ArgvOptions, escapeValue, guestArgv } from './argv.ts'

const options: ArgvOptions = {
  architecture: 'x86_64',
  firmware: 'none',
  accelerator: 'tcg',
  cpu: 'max',
  cpus: 2,
  memoryMiB: 512,
  kernel: '/dev/fd/6',
  initrd: '/dev/fd/7',
  cmdline: 'console=ttyS0 quiet',
  disks: [{ use: 'disk', writable: false, diskBytes: 4096, layers: [{ fd: 8, format: 'raw' }] }],
  forwardSsh: true,
  memory: { file: '/run/memory', shared: true, readOnly: false },
  gdbSocket: '/run/gdb.sock',
  consolePipe: '/run/console',
}

const wordAfter = (argv: readonly string[], option: string) => argv[argv.indexOf(option) + 1]

describe('guestArgv', () => {
  it.each(architectures)('should leave %s nothing that was not asked for', (architecture) => {
    const argv = guestArgv({ ...options, architecture })
    expect(argv).toEqual(expect.arrayContaining(['-nodefaults', '-no-user-config', '-S']))
    expect(wordAfter(argv, '-display')).toBe('none')
    expect(wordAfter(argv, '-sandbox')).toBe(
      'on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny',
    )
    expect(wordAfter(argv, '-netdev')).toBe('user,id=net,restrict=on,hostfwd=tcp:127.0.0.1:0-:22')
  })

  it('should keep random numbers out of the device tree only where that was asked for', () => {
    const machineOf = (deviceTreeSeed?: boolean) =>
      wordAfter(guestArgv({ ...options, architecture: 'arm64', deviceTreeSeed }), '-machine')
    expect(machineOf(false)).toMatch(/,dtb-randomness=off$/)
    expect(machineOf(true)).toBe(machineOf())
    expect(machineOf()).not.toContain('dtb-randomness')
  })

  it('should forward no port where none was asked for', () => {
    expect(wordAfter(guestArgv({ ...options, forwardSsh: false }), '-netdev')).toBe('user,id=net,restrict=on')
  })

  it.each(architectures)(
    'should map firmware into the flash of %s only where there is some',
    (architecture) => {
      const flash = [
        {
          use: 'code' as const,
          writable: false,
          diskBytes: 4096,
          layers: [{ fd: 9, format: 'raw' as const }],
        },
        {
          use: 'variables' as const,
          writable: true,
          diskBytes: 4096,
          layers: [{ fd: 10, format: 'qcow2' as const }],
        },
      ]
      expect(wordAfter(guestArgv({ ...options, architecture }), '-machine')).not.toContain('pflash')
      expect(wordAfter(guestArgv({ ...options, architecture, disks: flash }), '-machine')).toMatch(
        /,pflash0=code,pflash1=variables$/,
      )
    },
  )

  it('should have a fork wait for its state, with memory that stays its own', () => {
    const memoryOf = (argv: readonly string[]) => JSON.parse(wordAfter(argv, '-object') ?? '')
    const fork = { file: '/dev/fd/9', shared: false }
    const argv = guestArgv({ ...options, memory: { ...fork, readOnly: false } })
    expect(wordAfter(argv, '-incoming')).toBe('defer')
    expect(memoryOf(argv)).toMatchObject({ 'mem-path': '/dev/fd/9', share: false })
    expect(memoryOf(argv)).not.toHaveProperty('readonly')
    const newer = memoryOf(guestArgv({ ...options, memory: { ...fork, readOnly: true } }))
    expect(newer).toMatchObject({ share: false, readonly: true, rom: 'off' })
    expect(guestArgv(options)).not.toContain('-incoming')
  })

  it('should leave out the initrd where there is none', () => {
    expect(guestArgv({ ...options, initrd: undefined })).not.toContain('-initrd')
  })

  it('should keep any command line and CPU model one word of their own', () => {
    const plain = guestArgv(options)
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.string(), (cmdline, cpu) => {
        const argv = guestArgv({ ...options, cmdline, cpu })
        expect(argv).toHaveLength(plain.length)
        expect(wordAfter(argv, '-append')).toBe(cmdline)
        expect(wordAfter(argv, '-cpu')).toBe(cpu)
      }),
    )
  })

  it('should let no path add properties to its option', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(',', '=', 'a', '/') }), (path) => {
        const escaped = escapeValue(path)
        expect(escaped.replaceAll(',,', '')).not.toContain(',')
        expect(escaped.replaceAll(',,', ',')).toBe(path)
      }),
    )
  })
})
