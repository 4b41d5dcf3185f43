import { type Randomness, randomnessOf } from '../harness/facts/address-randomness.ts'
import type { Layout } from '../harness/guest/place.ts'
import { CannotJudge } from '../harness/rules/cannot-judge.ts'
import { judge } from '../harness/rules/judge.ts'
import { bitsGiven, type PlacedPart, placedParts } from '../harness/rules/kernel/address-space.ts'
import { parseKernelVersion } from '../harness/rules/kernel/kernel-version.ts'
import type { Evidence } from '../harness/rules/verdict.ts'
import { check } from '../harness/vitest/check.ts'

/** Of 32 draws from 2^13 or more, this many are the same once in 10^20. */
const repeatsAllowed = 8

/** An address, or for the heap how far it is from the program: the two move together. */
const placeOf = (layout: Layout, part: PlacedPart): bigint =>
  part === 'heap' ? layout.heap - layout.program : layout[part]

check(
  'kernel.aslr',
  {
    claim: 'the kernel starts a program at addresses as random as it can make them, in all its parts',
    promise: 'P2',
    severity: 'high',
    vantages: ['inside'],
    // Starts of one program in one guest are compared, and no guest with another: a fork will do.
    guest: 'shared',
    twins: ['lax-sysctls'],
    remedy: 'Set kernel.randomize_va_space=2, remove norandmaps, and leave vm.mmap_rnd_bits at its most.',
  },
  async (context) => {
    const { host } = await context.probe()
    const { pageSize, random, fixed } = await host.layouts()
    const version = parseKernelVersion((await host.read('/proc/sys/kernel/osrelease')).toString('latin1'))
    if (version === undefined) throw new CannotJudge('the kernel does not say which version it is')
    const mmapBits = Number((await host.read('/proc/sys/vm/mmap_rnd_bits')).toString('latin1'))
    const given = bitsGiven({ architecture: context.architecture, version, pageSize, mmapBits })
    const bad: Evidence[] = []
    const good: Evidence[] = []
    for (const part of placedParts) {
      const places = (layouts: readonly Layout[]) => layouts.map((layout) => placeOf(layout, part))
      if (randomnessOf(places(fixed), pageSize).distinct > 1) {
        throw new CannotJudge(`the ${part} moves even where a program asks the kernel not to move it`)
      }
      const found = randomnessOf(places(random), pageSize)
      const evidence: Evidence = {
        vantage: 'inside',
        source: `${part} in ${random.length} starts of one program`,
        found: inWords(found),
      }
      // The estimate is off by a bit once in 10^8.
      if (found.bits >= given[part] - 1 && found.distinct >= random.length - repeatsAllowed) {
        good.push(evidence)
      } else {
        bad.push({ ...evidence, expected: `${given[part]} bits`, subject: part })
      }
    }
    return judge.findings({
      ...{ vantage: 'inside', source: 'starts of one program', bad, good, what: 'parts of a program' },
      expectedAtLeast: placedParts.length,
    })
  },
)

const inWords = ({ bits, distinct, lowest, highest }: Randomness): string =>
  `${bits.toFixed(1)} bits, ${distinct} places from 0x${lowest.toString(16)} to 0x${highest.toString(16)}`
