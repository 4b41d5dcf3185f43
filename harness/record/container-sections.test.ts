import { describe, expect, it } from 'vitest'
import { containerSections } from './container-sections.ts'

const result = (id: string, rows: Parameters<typeof JSON.stringify>[0][]) =>
  ({ id, judgement: { verdict: 'pass', reason: '', evidence: [], rows } }) as never

describe('containerSections', () => {
  it('should keep what both sides see, what was expected, and each attack with its control', () => {
    const sections = containerSections([
      result('container.namespaces', [
        { container: 'web', property: 'net', host: 'net:[1]', inside: 'net:[1]', expected: 'its own' },
      ]),
      result('escape.mounts', [
        { container: 'web', property: 'mount', inside: 'EPERM by mount', control: 'allowed: mounted' },
      ]),
    ])
    expect(sections['container-properties']?.rows).toEqual({
      'web: net': { check: 'container.namespaces', host: 'net', inside: 'net', expected: 'its own' },
    })
    expect(sections['container-attacks']?.rows).toEqual({
      'web: mount': { check: 'escape.mounts', inside: 'EPERM by mount', control: 'allowed: mounted' },
    })
  })

  it('should keep both where two checks look at one thing', () => {
    const row = { container: 'web', property: '/sys', host: 'read-only' }
    const sections = containerSections([
      result('container.mount-flags', [row]),
      result('container.cgroup-files', [row]),
    ])
    expect(Object.keys(sections['container-properties']?.rows ?? {})).toEqual([
      'web: /sys',
      'web: /sys (container.cgroup-files)',
    ])
  })

  it('should make no list of a run that judged no container', () => {
    expect(containerSections([result('root.remount', [])])).toEqual({})
  })
})
