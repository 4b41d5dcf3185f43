import type { Architecture } from '../harness/common/architecture.ts'
import { kernelAddress } from '../harness/facts/kernel-address.ts'
import { meltdownOf, outside } from '../harness/machine/outside/outside.ts'
import { judge, type View } from '../harness/rules/judge.ts'
import type { Evidence } from '../harness/rules/verdict.ts'
import { check } from '../harness/vitest/check.ts'
import { acrossBoots } from './support/across-boots.ts'
import { insideView, whileBusy } from './support/compare.ts'

/**
 * Where a kernel's code begins without KASLR (arch/x86/Kconfig, PHYSICAL_START; arch/arm64/include/asm/memory.h,
 * KIMAGE_VADDR since 6.5 and before it, for addresses of 48 and of 39 bits, and the head of the image before its code).
 */
const linkAddresses: Readonly<Record<Architecture, readonly string[]>> = {
  x86_64: ['0xffffffff81000000'],
  arm64: ['0xffff800080010000', '0xffff800008010000', '0xffffffc080010000', '0xffffffc008010000'],
}

check(
  'kernel.kaslr',
  {
    claim: 'the kernel is at another address at each boot, and not where it was linked to be',
    promise: 'P2',
    severity: 'high',
    vantages: ['outside'],
    guest: 'cold-boot',
    draws: [kernelAddress],
    twins: ['nokaslr', 'no-seed'],
    remedy:
      'Build with CONFIG_RANDOMIZE_BASE, remove nokaslr, and give the kernel a seed (kaslr-seed, RDRAND, RNDR).',
  },
  async (context) => {
    const unless = linkAddresses[context.architecture]
    const random = (addresses: readonly string[]) => addresses.filter((address) => !unless.includes(address))
    const seen = await acrossBoots(
      context,
      kernelAddress,
      // By chance one boot in hundreds is at the link address, and two share an address as often; a third settles it.
      (addresses) => new Set(random(addresses)).size > 1 || addresses.length - random(addresses).length > 1,
      3,
    )
    const different = new Set(random(seen.map(({ value }) => value))).size > 1
    const evidence = seen.map(
      ({ boot, value }): Evidence => ({
        vantage: 'outside',
        source: `the kernel's code at ${boot}`,
        found: unless.includes(value) ? `${value}, where it was linked to be` : value,
      }),
    )
    return judge.findings({
      vantage: 'outside',
      source: "the kernel's code at several boots",
      bad: different
        ? []
        : evidence.map((item) => ({ ...item, expected: 'another address at each boot', subject: 'kaslr' })),
      good: different ? evidence : [],
      expectedAtLeast: 2,
      what: 'boots',
    })
  },
)

const meltdownFile = '/sys/devices/system/cpu/vulnerabilities/meltdown'

check(
  'kernel.page-table-isolation',
  {
    claim: 'on a CPU with Meltdown, programs do not have the kernel in their page tables',
    promise: 'P2',
    severity: 'critical',
    vantages: ['inside', 'outside'],
    guest: 'shared',
    twins: ['mitigations-off'],
    remedy:
      'Build with CONFIG_MITIGATION_PAGE_TABLE_ISOLATION (arm64: CONFIG_UNMAP_KERNEL_AT_EL0); remove pti=off, kpti=off.',
  },
  async (context) => {
    const { machine } = await context.guest()
    const { affected, because } = meltdownOf(await outside(machine).registers())
    const words = (is: boolean) => (is ? 'the CPU has Meltdown' : 'the CPU has it not')
    const views: readonly [View, View] = [
      {
        vantage: 'outside',
        source: `the CPU model ${machine.cpu}: ${because}`,
        found: affected === undefined ? undefined : words(affected),
        reason: 'it is not known of this CPU',
      },
      await insideView(context, meltdownFile, async ({ host }) =>
        words(!/^Not affected/.test(String(await host.read(meltdownFile)))),
      ),
    ]
    const agreed = judge.agree({ views, good: () => true, expected: 'the same', subject: 'meltdown' })
    const need = views.find(({ found }) => found !== undefined)?.found
    if (agreed.verdict === 'disagree' || need === undefined) return agreed
    if (need === words(false)) return judge.notApplicable(need, agreed.evidence)
    const { bytes, leaves } = await whileBusy(context, () => outside(machine).kernelPagesOfUser())
    const source = 'the page tables of a program, from outside'
    const found = `${leaves} entries for ${bytes} bytes of the kernel's memory`
    // Whoever has the kernel at all has its map of all memory.
    const isolated = bytes < (context.spec.memoryMiB * 1024 * 1024) / 2
    const evidence: Evidence = { vantage: 'outside', source, found }
    const judgement = judge.findings({
      vantage: 'outside',
      source,
      bad: isolated
        ? []
        : [{ ...evidence, expected: 'no more than the way into the kernel', subject: 'page tables' }],
      good: isolated ? [evidence] : [],
      what: 'programs',
    })
    return { ...judgement, evidence: [...judgement.evidence, ...agreed.evidence] }
  },
)
