import { givenCmdline, hasParameter, parseCmdline } from '../harness/facts/cmdline.ts'
import { cpuGuards } from '../harness/facts/cpu-guards.ts'
import { vulnerabilities } from '../harness/facts/vulnerabilities.ts'
import { outside } from '../harness/machine/outside/outside.ts'
import { judge } from '../harness/rules/judge.ts'
import type { Evidence } from '../harness/rules/verdict.ts'
import { check } from '../harness/vitest/check.ts'
import { acrossBoots } from './support/across-boots.ts'

check(
  'kernel.cmdline',
  {
    claim: 'the kernel runs with the command line it was given, hardening parameters included',
    promise: 'P2',
    severity: 'high',
    vantages: ['at-rest', 'inside'],
    guest: 'shared',
    twins: ['extra-parameter'],
    remedy: 'Add the parameters to the image, or change cmdline in the policy.',
  },
  async (context) => {
    const { host } = await context.probe()
    const running = (await host.read('/proc/cmdline')).toString('utf8').trim()
    const given = givenCmdline(context.spec)
    const parameters = parseCmdline(running)
    const bad: Evidence[] = []
    const good: Evidence[] = []
    for (const wanted of context.policy.cmdline.required[context.architecture]) {
      const evidence: Evidence = {
        vantage: 'inside',
        source: '/proc/cmdline',
        found: hasParameter(parameters, wanted) ? wanted : `no ${wanted}`,
      }
      if (hasParameter(parameters, wanted)) {
        good.push(evidence)
      } else {
        bad.push({ ...evidence, expected: wanted, subject: wanted })
      }
    }
    return judge.all([
      judge.agree({
        views: [
          { vantage: 'at-rest', source: 'the command line of the target', found: given },
          { vantage: 'inside', source: '/proc/cmdline', found: running },
        ],
        good: () => true,
        expected: given,
        subject: 'cmdline',
      }),
      judge.findings({ vantage: 'inside', source: '/proc/cmdline', bad, good, what: 'required parameters' }),
    ])
  },
)

check(
  'kernel.kaslr',
  {
    claim: 'the kernel is at another address at each boot',
    promise: 'P2',
    severity: 'high',
    vantages: ['outside'],
    guest: 'cold-boot',
    twins: ['nokaslr'],
    remedy:
      'Build with CONFIG_RANDOMIZE_BASE, remove nokaslr, and give the kernel a seed (kaslr-seed, RDRAND, RNDR).',
  },
  async (context) => {
    // Two boots share an address once in hundreds; a third settles it.
    const boots = { what: 'the address of the kernel', until: 'kernel', most: 3 } as const
    const seen = await acrossBoots(context, boots, async ({ machine }) => {
      const entry = await outside(machine).waitForKernelEntry()
      return `0x${entry.toString(16)}`
    })
    const different = new Set(seen).size > 1
    const evidence = seen.map(
      (found, index): Evidence => ({
        vantage: 'outside',
        source: `exception entry at boot ${index + 1}`,
        found,
      }),
    )
    return judge.findings({
      vantage: 'outside',
      source: 'exception entry of cold boots',
      bad: different
        ? []
        : evidence.map((item) => ({ ...item, expected: 'another address at each boot', subject: 'kaslr' })),
      good: different ? evidence : [],
      expectedAtLeast: 2,
      what: 'boots',
    })
  },
)

/** A kernel maps at least this many pages; fewer, and the walk went astray. */
const leavesNeeded = 3000

check(
  'kernel.write-or-execute',
  {
    claim: 'no page of the kernel is writable and executable at once',
    promise: 'P2',
    severity: 'critical',
    vantages: ['outside'],
    guest: 'shared',
    twins: ['rodata-off'],
    remedy: 'Build with CONFIG_STRICT_KERNEL_RWX and CONFIG_STRICT_MODULE_RWX, and remove rodata=off.',
  },
  async (context) => {
    // A guest that has booted: the kernel seals its pages last, before user space starts.
    const { machine } = await context.guest()
    const { leaves, tables, truncated, writableExecutable } = await outside(machine).pageTables()
    const source = 'the page tables in guest memory'
    if (writableExecutable.length === 0 && (truncated || leaves < leavesNeeded)) {
      return judge.inconclusive(`only ${leaves} leaf entries of ${tables} tables could be walked`)
    }
    return judge.findings({
      vantage: 'outside',
      source,
      bad: writableExecutable.map(({ from, to }) => ({
        vantage: 'outside',
        source: `0x${from.toString(16)}-0x${to.toString(16)}`,
        found: 'writable and executable',
        expected: 'one or the other',
        subject: 'kernel pages',
      })),
      good: [{ vantage: 'outside', source, found: `${leaves} leaf entries` }],
      what: 'ranges',
    })
  },
)

check(
  'kernel.cpu-guards',
  {
    claim: "the processor's own guards against the kernel touching or running user memory are on",
    promise: 'P2',
    severity: 'high',
    vantages: ['outside'],
    guest: 'shared',
    twins: ['weak-cpu'],
    remedy:
      'Remove clearcpuid=, nosmep, nosmap, arm64.no... from the command line; use a CPU model that has them.',
  },
  async (context) => {
    const guards = cpuGuards(await outside((await context.guest()).machine).registers())
    const supported = guards.filter(({ supported }) => supported)
    if (supported.length === 0) {
      return judge.notApplicable(
        'the CPU model has none of them',
        guards.map(({ name, register }) => ({ vantage: 'outside', source: register, found: `no ${name}` })),
      )
    }
    const evidence = supported.map(({ name, register, enabled }) => ({
      enabled,
      name,
      evidence: { vantage: 'outside', source: register, found: `${name} ${enabled ? 'on' : 'off'}` } as const,
    }))
    return judge.findings({
      vantage: 'outside',
      source: 'control registers',
      bad: evidence
        .filter(({ enabled }) => !enabled)
        .map(({ evidence, name }) => ({ ...evidence, expected: `${name} on`, subject: name })),
      good: evidence.filter(({ enabled }) => enabled).map(({ evidence }) => evidence),
      what: 'guards',
    })
  },
)

check(
  'kernel.vulnerabilities',
  {
    claim: 'the kernel mitigates every processor vulnerability that it knows this CPU to have',
    promise: 'P2',
    severity: 'high',
    vantages: ['inside'],
    guest: 'shared',
    twins: ['mitigations-off'],
    remedy: 'Remove mitigations=off and its like from the command line; build with CONFIG_CPU_MITIGATIONS.',
  },
  async (context) => {
    const found = await vulnerabilities(await context.probe())
    const evidence = found.map(({ name, state }): Evidence & { readonly subject: string } => ({
      vantage: 'inside',
      source: `/sys/devices/system/cpu/vulnerabilities/${name}`,
      found: state,
      subject: name,
    }))
    const isOpen = ({ found }: Evidence) => /^(Vulnerable|Unknown)/.test(found)
    return judge.findings({
      vantage: 'inside',
      source: '/sys/devices/system/cpu/vulnerabilities',
      bad: evidence.filter(isOpen).map((item) => ({ ...item, expected: 'Not affected, or a mitigation' })),
      good: evidence.filter((item) => !isOpen(item)),
      expectedAtLeast: 5,
      what: 'vulnerabilities',
    })
  },
)

check(
  'kernel.sysctls',
  {
    claim: 'kernel settings (sysctl) have the values that the policy asks for',
    promise: 'P2',
    severity: 'high',
    vantages: ['inside'],
    guest: 'shared',
    twins: ['lax-sysctls'],
    remedy: 'Set them at boot, and let a setting that cannot be applied fail loudly.',
  },
  async (context) => {
    const { host } = await context.probe()
    const wanted = Object.entries(context.policy.sysctls)
    const paths = new Map(wanted.map(([name]) => [name, `/proc/sys/${name.replaceAll('.', '/')}`]))
    const contents = await host.readMany([...paths.values()])
    const bad: Evidence[] = []
    const good: Evidence[] = []
    for (const [name, values] of wanted) {
      const source = paths.get(name) ?? name
      const content = contents.get(source)
      const found = content instanceof Buffer ? content.toString('latin1').trim() : undefined
      if (found === undefined && content === 'ENOENT') {
        good.push({ vantage: 'inside', source, found: 'this kernel has no such setting' })
      } else if (found !== undefined && values.includes(found)) {
        good.push({ vantage: 'inside', source, found })
      } else {
        bad.push({
          vantage: 'inside',
          source,
          found: found ?? String(content),
          expected: values.join(' or '),
          subject: name,
        })
      }
    }
    return judge.findings({
      vantage: 'inside',
      source: '/proc/sys',
      bad,
      good,
      expectedAtLeast: Math.ceil(wanted.length / 2),
      what: 'settings',
    })
  },
)
