import { hasParameter, parseCmdline, withoutLoaderWords } from '../harness/facts/cmdline.ts'
import { vulnerabilities } from '../harness/facts/vulnerabilities.ts'
import { judge } from '../harness/rules/judge.ts'
import type { Evidence } from '../harness/rules/verdict.ts'
import { check } from '../harness/vitest/check.ts'

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
    const { cmdline } = await context.image()
    const given = cmdline && withoutLoaderWords(cmdline.text)
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
          {
            vantage: 'at-rest',
            source: cmdline?.source ?? 'the image',
            found: given,
            reason: 'nothing in it says the command line',
          },
          { vantage: 'inside', source: '/proc/cmdline', found: withoutLoaderWords(running) },
        ],
        good: () => true,
        expected: given ?? 'that of the image',
        subject: 'cmdline',
      }),
      judge.findings({ vantage: 'inside', source: '/proc/cmdline', bad, good, what: 'required parameters' }),
    ])
  },
)

check(
  'kernel.vulnerabilities',
  {
    claim: 'the kernel mitigates every processor vulnerability that it knows this CPU to have',
    promise: 'P2',
    severity: 'high',
    vantages: ['inside', 'outside'],
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
    const { cpu } = (await context.guest()).machine
    const judgement = judge.findings({
      vantage: 'inside',
      source: '/sys/devices/system/cpu/vulnerabilities',
      bad: evidence.filter(isOpen).map((item) => ({ ...item, expected: 'Not affected, or a mitigation' })),
      good: evidence.filter((item) => !isOpen(item)),
      expectedAtLeast: 5,
      what: 'vulnerabilities',
    })
    // Another CPU has others: a pass holds for this one.
    return {
      ...judgement,
      reason: `${judgement.reason}, on the CPU model ${cpu}`,
      evidence: [...judgement.evidence, { vantage: 'outside', source: 'QEMU -cpu', found: cpu }],
    }
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
