import { runningState } from '../harness/facts/running-state.ts'
import { judge } from '../harness/rules/judge.ts'
import type { Evidence } from '../harness/rules/verdict.ts'
import { check } from '../harness/vitest/check.ts'
import { acrossBoots } from './support/across-boots.ts'

check(
  'root.two-boots',
  {
    claim: 'two boots of one image have the same mounts, processes, listening sockets and modules',
    promise: 'P9',
    severity: 'high',
    vantages: ['inside'],
    guest: 'cold-boot',
    draws: [runningState],
    twins: ['changing-boots'],
    remedy:
      'Let nothing that a boot does depend on chance, on the time, or on what an earlier boot has left.',
  },
  async (context) => {
    const [one, two] = await acrossBoots(context, runningState, () => false, 2)
    if (one === undefined || two === undefined) return judge.inconclusive('there were no two boots')
    const bad: Evidence[] = []
    const good: Evidence[] = []
    for (const [kind, first] of one.value) {
      const second = two.value.get(kind)?.entries ?? new Map<string, string>()
      for (const name of new Set([...first.entries.keys(), ...second.keys()])) {
        const source = `${kind} of ${one.boot}, and of ${two.boot}`
        const told = [first.entries, second].map((entries) => entries.get(name) ?? 'none')
        const found = `${name}: ${told[0] === told[1] ? told[0] : told.join(', then ')}`
        if (told[0] === told[1]) good.push({ vantage: 'inside', source, found })
        else bad.push({ vantage: 'inside', source, found, expected: 'the same', subject: `${kind}:${name}` })
      }
    }
    return judge.findings({
      vantage: 'inside',
      source: `${one.boot}, and ${two.boot}`,
      ...{ bad, good, what: 'things that run', expectedAtLeast: 5 },
    })
  },
)
