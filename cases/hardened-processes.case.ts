import { bases, parseMaps, writableExecutable } from '../harness/facts/memory-maps.ts'
import { judge } from '../harness/rules/judge.ts'
import type { Evidence } from '../harness/rules/verdict.ts'
import { check } from '../harness/vitest/check.ts'

check(
  'elf.mapped-code',
  {
    claim: 'no running process has memory that is writable and executable at once',
    promise: 'P6',
    severity: 'high',
    vantages: ['inside'],
    guest: 'shared',
    twins: ['exec-stack-process'],
    remedy:
      'Find the mapping in the evidence: an executable stack, a just-in-time compiler, or a W+X segment.',
  },
  async (context) => {
    const probe = await context.probe()
    const processes = (await probe.processes()).filter((process) => !process.kernelThread)
    const maps = await probe.host.readMany(processes.map(({ pid }) => `/proc/${pid}/maps`))
    const bad: Evidence[] = []
    const good: Evidence[] = []
    for (const { pid, comm, exe } of processes) {
      const bytes = maps.get(`/proc/${pid}/maps`)
      const mappings = bytes instanceof Buffer ? parseMaps(bytes.toString('latin1')) : []
      if (mappings.length === 0) {
        continue
      }
      const source = `/proc/${pid}/maps of ${exe ?? comm}`
      const found = writableExecutable(mappings)
      if (found.length === 0) {
        good.push({ vantage: 'inside', source, found: `${mappings.length} mappings, none W+X` })
      } else {
        const [first] = found
        bad.push({
          vantage: 'inside',
          source,
          found: `${found.length} W+X, first ${first?.start.toString(16)} ${first?.name}`,
          expected: 'none',
          subject: exe ?? comm,
        })
      }
    }
    return judge.findings({
      vantage: 'inside',
      source: '/proc/*/maps',
      bad,
      good,
      expectedAtLeast: 2,
      what: 'processes',
    })
  },
)

check(
  'elf.aslr',
  {
    claim: 'two runs of one program are laid out at different addresses',
    promise: 'P6',
    severity: 'high',
    vantages: ['inside'],
    guest: 'shared',
    twins: ['lax-sysctls'],
    remedy: 'Set kernel.randomize_va_space=2 and remove norandmaps from the command line.',
  },
  async (context) => {
    const { host } = await context.probe()
    // Each read is made by a process of its own. Its program lies at a fixed address, its stack and the kernel's pages must not.
    const [one, two] = [await host.read('/proc/self/maps'), await host.read('/proc/self/maps')].map(
      (maps) =>
        new Map([...bases(parseMaps(maps.toString('latin1')))].filter(([name]) => name.startsWith('['))),
    )
    const bad: Evidence[] = []
    const good: Evidence[] = []
    for (const [name, base] of one ?? []) {
      const other = two?.get(name)
      if (other === undefined) {
        continue
      }
      const source = `${name} in two runs`
      const found = `${base.toString(16)} and ${other.toString(16)}`
      if (base === other) {
        bad.push({ vantage: 'inside', source, found, expected: 'different addresses', subject: name })
      } else {
        good.push({ vantage: 'inside', source, found })
      }
    }
    return judge.findings({
      vantage: 'inside',
      source: 'two runs of one program',
      bad,
      good,
      expectedAtLeast: 2,
      what: 'areas',
    })
  },
)
