import { describe, expect, it } from 'vitest'
import type { Place, SystemCall } from '../../guest/probe.ts'
import { dockerDefault } from '../bundle/docker-default.ts'
import { SeccompFilter } from '../bundle/seccomp-filter.ts'
import { systemCallNumbers } from '../bundle/system-call-numbers.ts'
import { systemCalls } from '../bundle/system-calls.ts'
import { judgeReached } from './judge-system-calls.ts'
import { reachedCalls } from './system-calls.ts'

const architectures = ['x86_64', 'arm64'] as const
type Architecture = (typeof architectures)[number]

/** A place whose filter is known. */
const filtered = (
  architecture: Architecture,
  allows: (name: string, values: readonly bigint[]) => boolean,
): Place => {
  const names = new Map([...systemCallNumbers(architecture)].map(([name, number]) => [number, name]))
  const reach = async (calls: readonly SystemCall[]) =>
    calls.map((call) =>
      allows(names.get(call.number) ?? '', call.arguments.map(BigInt)) ? undefined : 'EPERM',
    )
  return { reach } as unknown as Place
}

describe('the numbers of system calls', () => {
  it.each(architectures)('should be those of every call but the newest on %s, each once', (architecture) => {
    const numbers = systemCallNumbers(architecture)
    const missing = systemCalls(architecture).filter((name) => !numbers.has(name))
    expect(missing).toEqual(['fchroot'])
    expect(new Set(numbers.values()).size).toBe(numbers.size)
    expect([...numbers.values()].every(Number.isInteger)).toBe(true)
  })
})

describe.each(architectures)('reachedCalls on %s', (architecture) => {
  const docker = dockerDefault([])
  const filter = new SeccompFilter(docker)

  it("should find Docker's default in force to be Docker's default, call by call and condition by condition", async () => {
    const place = filtered(architecture, (name, values) => filter.allows(name, values))
    const calls = await reachedCalls(place, architecture, docker, [])
    expect(calls).toMatchObject({ beyond: [], looser: [], stricter: [] })
    expect(calls.reached.length).toBe(calls.dockerDefault)
    expect(judgeReached('web', calls).verdict).toBe('pass')
  })

  it('should find a filter in force that is looser in one condition', async () => {
    const place = filtered(architecture, (name, values) =>
      name === 'socket' ? true : filter.allows(name, values),
    )
    const calls = await reachedCalls(place, architecture, docker, [])
    expect(calls.looser).toContain('socket(38, 0, 0, 0, 0)')
    expect(judgeReached('web', calls)).toMatchObject({ verdict: 'disagree' })
  })

  it('should count every call of a container without a filter, and name those beyond', async () => {
    const calls = await reachedCalls(
      filtered(architecture, () => true),
      architecture,
      undefined,
      [],
    )
    expect(calls.reached.length).toBe(calls.all)
    expect(calls.beyond).toEqual(expect.arrayContaining(['bpf', 'mount', 'socket', 'io_uring_setup']))
    expect(judgeReached('web', calls).verdict).toBe('fail')
  })

  it('should not blame a runtime that leaves out what it does not know', async () => {
    const place = filtered(
      architecture,
      (name, values) => name !== 'cachestat' && filter.allows(name, values),
    )
    const calls = await reachedCalls(place, architecture, docker, [])
    expect(calls.stricter).toEqual(['cachestat'])
    expect(judgeReached('web', calls).verdict).toBe('pass')
  })
})
