import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readOciSpec, type Seccomp } from '../../image/oci-spec.ts'
import { dockerDefault } from './docker-default.ts'
import { SeccompFilter } from './seccomp-filter.ts'
import { architecturesOf, syscallReach } from './seccomp-reach.ts'
import { systemCalls } from './system-calls.ts'

const spec = (seccomp: unknown) =>
  readOciSpec(Buffer.from(JSON.stringify({ ociVersion: '1', linux: { seccomp } })), 'config.json')

const filterOf = (seccomp: Pick<Seccomp, 'defaultAction'> & { syscalls: unknown[] }): SeccompFilter =>
  new SeccompFilter(spec(seccomp).linux.seccomp ?? dockerDefault([]))

describe('systemCalls', () => {
  it('should name each call of each architecture once', () => {
    for (const architecture of ['x86_64', 'arm64'] as const) {
      const names = systemCalls(architecture)
      expect(new Set(names).size).toBe(names.length)
    }
    expect(systemCalls('x86_64')).toEqual(expect.arrayContaining(['open', 'openat', 'modify_ldt', 'fchroot']))
    expect(systemCalls('arm64')).not.toContain('open')
    expect(systemCalls('x86_64')).not.toContain('tuxcall')
  })
})

describe('dockerDefault', () => {
  const filter = new SeccompFilter(dockerDefault([]))

  it('should hold what Docker lets through', () => {
    expect(filter.reach('read')).toBe('always')
    expect(filter.reach('ptrace')).toBe('always')
    expect(filter.reach('mount')).toBe('never')
    expect(filter.reach('clone3')).toBe('never')
    expect(filter.reach('clone')).toBe('sometimes')
    expect(filter.allows('clone', [0x10000000n])).toBe(false)
    expect(filter.allows('clone', [0x11n])).toBe(true)
    expect(filter.allows('socket', [2n])).toBe(true)
    expect(filter.allows('socket', [38n])).toBe(false)
    expect(filter.allows('socket', [40n])).toBe(false)
    expect(filter.allows('personality', [0xffffffffn])).toBe(true)
    expect(filter.allows('personality', [0x40000n])).toBe(false)
  })

  it('should let more through with capabilities', () => {
    const admin = new SeccompFilter(dockerDefault(['CAP_SYS_ADMIN']))
    expect(admin.reach('mount')).toBe('always')
    expect(admin.reach('clone')).toBe('always')
    expect(admin.reach('init_module')).toBe('never')
  })

  it('should name only calls that there are', () => {
    const known = systemCalls('x86_64')
    const names = dockerDefault(['CAP_SYS_ADMIN', 'CAP_SYS_MODULE']).syscalls.flatMap((rule) => rule.names)
    expect(names.filter((name) => !known.includes(name))).toEqual([])
  })
})

describe('syscallReach', () => {
  it('should count a container without a filter as reaching all', () => {
    expect(syscallReach(spec(null), 'x86_64')).toMatchObject({
      all: 369,
      reachable: 369,
      conditional: 0,
      dockerDefault: 304,
      otherTables: [],
    })
    expect(syscallReach(spec(null), 'arm64')).toMatchObject({ all: 326, reachable: 326, dockerDefault: 266 })
  })

  it("should find nothing beyond Docker's default in Docker's default", () => {
    const reach = syscallReach(spec(dockerDefault([])), 'x86_64')
    expect(reach).toMatchObject({ reachable: 304, conditional: 3, dockerDefault: 304, beyond: [] })
  })

  it('should name the architectures and tables of a filter', () => {
    const architectures = ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86', 'SCMP_ARCH_ARM']
    const named = spec({ defaultAction: 'SCMP_ACT_ERRNO', architectures })
    expect(architecturesOf(named)).toEqual(['x86_64'])
    expect(syscallReach(named, 'x86_64')).toMatchObject({ reachable: 0, otherTables: ['SCMP_ARCH_X86'] })
    expect(architecturesOf(spec(null))).toEqual(['x86_64', 'arm64'])
  })

  it('should understand a list of what is refused', () => {
    const reach = syscallReach(
      spec({
        defaultAction: 'SCMP_ACT_ALLOW',
        syscalls: [
          { names: ['mount', 'no_such_call'], action: 'SCMP_ACT_ERRNO' },
          { names: ['socket'], action: 'SCMP_ACT_KILL', args: [{ index: 0, value: 38, op: 'SCMP_CMP_EQ' }] },
        ],
      }),
      'arm64',
    )
    expect(reach).toMatchObject({ reachable: 325, conditional: 1 })
    expect(reach.beyond).toContain('bpf')
  })
})

describe('SeccompFilter', () => {
  it.each([
    ['SCMP_CMP_NE', 5, 0, [4n, 6n], [5n]],
    ['SCMP_CMP_LT', 5, 0, [4n], [5n, 6n]],
    ['SCMP_CMP_LE', 5, 0, [4n, 5n], [6n]],
    ['SCMP_CMP_EQ', 5, 0, [5n], [4n, 6n]],
    ['SCMP_CMP_GE', 5, 0, [5n, 6n], [4n]],
    ['SCMP_CMP_GT', 5, 0, [6n], [4n, 5n]],
    ['SCMP_CMP_MASKED_EQ', 6, 4, [4n, 5n, 12n], [2n, 6n, 0n]],
  ])('should compare by %s', (op, value, valueTwo, yes, no) => {
    const filter = filterOf({
      defaultAction: 'SCMP_ACT_ERRNO',
      syscalls: [{ names: ['x'], action: 'SCMP_ACT_ALLOW', args: [{ index: 1, op, value, valueTwo }] }],
    })
    expect(yes.filter((argument) => !filter.allows('x', [0n, argument]))).toEqual([])
    expect(no.filter((argument) => filter.allows('x', [0n, argument]))).toEqual([])
  })

  const argument = (index: number, value: number) => ({ index, value, op: 'SCMP_CMP_EQ' })

  it('should want all conditions of several arguments, one of those on the same', () => {
    const both = (...args: unknown[]) =>
      filterOf({
        defaultAction: 'SCMP_ACT_ERRNO',
        syscalls: [{ names: ['x'], action: 'SCMP_ACT_ALLOW', args }],
      })
    expect(both(argument(0, 1), argument(1, 2)).allows('x', [1n, 3n])).toBe(false)
    expect(both(argument(0, 1), argument(1, 2)).allows('x', [1n, 2n])).toBe(true)
    expect(both(argument(0, 1), argument(0, 2)).allows('x', [2n])).toBe(true)
  })

  it('should take what it says of reach from what it lets through', () => {
    const actions = ['SCMP_ACT_ALLOW', 'SCMP_ACT_ERRNO', 'SCMP_ACT_LOG', 'SCMP_ACT_KILL'] as const
    const rule = fc.record({
      names: fc.constant(['x']),
      action: fc.constantFrom(...actions),
      args: fc.array(
        fc.nat(3).map((value) => argument(0, value)),
        { maxLength: 1 },
      ),
    })
    fc.assert(
      fc.property(
        fc.constantFrom(...actions),
        fc.array(rule, { maxLength: 3 }),
        (defaultAction, syscalls) => {
          const filter = filterOf({ defaultAction, syscalls })
          const allowed = [0n, 1n, 2n, 3n, 4n].map((value) => filter.allows('x', [value]))
          const reach = filter.reach('x')
          if (reach === 'always') expect(allowed).not.toContain(false)
          else if (reach === 'never') expect(allowed).not.toContain(true)
        },
      ),
    )
  })
})
