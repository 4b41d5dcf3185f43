import { parseMaps, writableExecutable } from '../harness/facts/memory-maps.ts'
import { CannotJudge } from '../harness/rules/cannot-judge.ts'
import { judge } from '../harness/rules/judge.ts'
import { placedParts } from '../harness/rules/kernel/address-space.ts'
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
    const [one, two] = (await host.layouts()).random
    if (one === undefined || two === undefined) throw new CannotJudge('the program could not be run twice')
    const bad: Evidence[] = []
    const good: Evidence[] = []
    for (const part of placedParts) {
      const evidence: Evidence = {
        vantage: 'inside',
        source: `${part} in two runs`,
        found: `${one[part].toString(16)} and ${two[part].toString(16)}`,
      }
      if (one[part] === two[part]) bad.push({ ...evidence, expected: 'different addresses', subject: part })
      else good.push(evidence)
    }
    return judge.findings({
      vantage: 'inside',
      source: 'two runs of one program',
      bad,
      good,
      expectedAtLeast: placedParts.length,
      what: 'parts of a program',
    })
  },
)
