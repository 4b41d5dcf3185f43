import { cpuGuards, cpuinfoFlags } from '../harness/facts/cpu-guards.ts'
import { writeExecuteReport } from '../harness/facts/kernel-log.ts'
import { outside } from '../harness/machine/outside/outside.ts'
import { judge, type View } from '../harness/rules/judge.ts'
import type { Evidence } from '../harness/rules/verdict.ts'
import { check } from '../harness/vitest/check.ts'
import { insideView, unlessContradicted, whileBusy } from './support/compare.ts'

const hex = (address: bigint | number): string => `0x${address.toString(16)}`

/** A kernel maps at least this many pages; fewer, and the walk went astray. */
const leavesNeeded = 3000
const tables = 'the page tables in guest memory'

check(
  'kernel.write-or-execute',
  {
    claim: 'no page of the kernel is writable and executable at once',
    promise: 'P2',
    severity: 'critical',
    vantages: ['inside', 'outside'],
    guest: 'shared',
    twins: ['rodata-off'],
    remedy: 'Build with CONFIG_STRICT_KERNEL_RWX and CONFIG_STRICT_MODULE_RWX, and remove rodata=off.',
  },
  async (context) => {
    // A guest that has booted: the kernel seals its pages last, before user space starts.
    const { machine } = await context.guest()
    const { leaves, tables: read, truncated, writableExecutable } = await outside(machine).pageTables()
    if (writableExecutable.length === 0 && (truncated || leaves < leavesNeeded)) {
      return judge.inconclusive(`only ${leaves} leaf entries of ${read} tables could be walked`)
    }
    const judgement = judge.findings({
      vantage: 'outside',
      source: tables,
      bad: writableExecutable.map(({ from, to }) => ({
        vantage: 'outside',
        source: `${hex(from)}-${hex(to)}`,
        found: 'writable and executable',
        expected: 'one or the other',
        subject: 'kernel pages',
      })),
      good: [{ vantage: 'outside', source: tables, found: `${leaves} leaf entries` }],
      what: 'ranges',
    })
    const seen: View = {
      vantage: 'outside',
      source: tables,
      found: writableExecutable.length === 0 ? 'no such page' : 'such pages',
    }
    const own = await insideView(context, "the kernel's log, Checked W+X mappings", async ({ host }) => {
      const report = writeExecuteReport(await host.kernelLog())
      if (report === undefined) return undefined
      return report.passed ? 'no such page' : 'such pages'
    })
    return unlessContradicted(judgement, 'W+X', seen, own)
  },
)

check(
  'kernel.code-sealed',
  {
    claim: 'the kernel cannot write to its own code, at no address that leads to it',
    promise: 'P2',
    severity: 'critical',
    vantages: ['inside', 'outside'],
    guest: 'shared',
    twins: ['rodata-off'],
    remedy:
      'Build with CONFIG_STRICT_KERNEL_RWX (on arm64 with CONFIG_RODATA_FULL_DEFAULT_ENABLED), and remove rodata=off.',
  },
  async (context) => {
    const { range, physical, writable } = await outside((await context.guest()).machine).kernelText()
    const source = `code at ${hex(range.from)}, ${range.size} bytes`
    const judgement = judge.findings({
      vantage: 'outside',
      source,
      bad: writable.map(({ from, to }) => ({
        vantage: 'outside',
        source: `${hex(from)}-${hex(to)}`,
        found: 'writable, and leads to the code',
        expected: 'read-only',
        subject: 'kernel code',
      })),
      good: [{ vantage: 'outside', source, found: `at physical address ${hex(physical)}` }],
      what: 'ranges',
    })
    const seen: View = { vantage: 'outside', source, found: hex(physical) }
    const own = await insideView(context, '/proc/iomem, Kernel code', async ({ host }) => {
      const text = String(await host.read('/proc/iomem'))
      const [, from = '0', to = '0'] =
        /^\s*([0-9a-f]{1,16})-([0-9a-f]{1,16}) : Kernel code$/m.exec(text) ?? []
      const [first, last] = [BigInt(`0x${from}`), BigInt(`0x${to}`)]
      // All addresses are zero for those who may not see them.
      if (last === 0n) return undefined
      // On arm64 it begins with a head that is not executable.
      return first <= physical && physical <= last ? hex(physical) : `${hex(first)}-${hex(last)}`
    })
    return unlessContradicted(judgement, 'kernel code', seen, own)
  },
)

check(
  'kernel.cpu-guards',
  {
    claim: "the processor's own guards against the kernel touching or running user memory are on",
    promise: 'P2',
    severity: 'high',
    vantages: ['inside', 'outside'],
    guest: 'shared',
    twins: ['weak-cpu'],
    remedy:
      'Remove clearcpuid=, nosmep, nosmap, arm64.no... from the command line; use a CPU model that has them.',
  },
  async (context) => {
    const view = outside((await context.guest()).machine)
    const registers = await view.registers()
    const guards = cpuGuards(registers)
    const evidenceOf = ({ register, name, supported, enabled }: (typeof guards)[number]): Evidence => ({
      vantage: 'outside',
      source: register,
      found: supported ? `${name} ${enabled ? 'on' : 'off'}` : `no ${name}: the CPU model has not got it`,
    })
    const supported = guards.filter((guard) => guard.supported)
    if (supported.length === 0) {
      return judge.notApplicable('the CPU model has none of them', guards.map(evidenceOf))
    }
    const user = await whileBusy(context, () => view.userPages())
    const smep = registers.architecture === 'x86_64' && registers.flags.SMEP
    const run = smep ? [] : user.userRunByKernel
    const judgement = judge.findings({
      vantage: 'outside',
      source: 'control registers and page tables',
      bad: [
        ...supported
          .filter(({ enabled }) => !enabled)
          .map((guard) => ({
            ...evidenceOf(guard),
            expected: `${guard.name} on`,
            subject: guard.name,
          })),
        ...run.slice(0, 1).map(({ from, to }) => ({
          vantage: 'outside' as const,
          source: `${hex(from)}-${hex(to)} of a process`,
          found: `the kernel may execute this and ${run.length - 1} other ranges`,
          expected: 'no memory of a process that the kernel may execute',
          subject: 'user memory',
        })),
      ],
      good: [
        ...guards.filter((guard) => guard.enabled || !guard.supported).map(evidenceOf),
        ...(run.length > 0
          ? []
          : [
              {
                vantage: 'outside' as const,
                source: `${user.leaves} pages of a process`,
                found: smep ? 'SMEP keeps the kernel from executing them' : 'the kernel may execute none',
              },
            ]),
      ],
      what: 'guards and page tables',
    })
    const told = supported.filter(({ cpuinfo }) => cpuinfo !== undefined)
    if (told.length === 0) return judgement
    const states = (isOn: (guard: (typeof guards)[number]) => boolean) =>
      told.map((guard) => `${guard.cpuinfo} ${isOn(guard) ? 'on' : 'off'}`).join(', ')
    const own = await insideView(context, '/proc/cpuinfo', async ({ host }) => {
      const flags = cpuinfoFlags(String(await host.read('/proc/cpuinfo')))
      return states(({ cpuinfo }) => flags.has(cpuinfo ?? ''))
    })
    const seen: View = {
      vantage: 'outside',
      source: 'control registers',
      found: states(({ enabled }) => enabled),
    }
    return unlessContradicted(judgement, 'cpuinfo', seen, own)
  },
)
