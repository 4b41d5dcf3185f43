import { gunzipSync } from 'node:zlib'
import { messageOf } from '../harness/common/errors.ts'
import { configTraces } from '../harness/facts/config-traces.ts'
import type { Probe } from '../harness/guest/probe.ts'
import { configSizeLimit, type KernelConfig, parseKernelConfig } from '../harness/image/kernel-config.ts'
import { CannotJudge } from '../harness/rules/cannot-judge.ts'
import { judge } from '../harness/rules/judge.ts'
import {
  contradictions,
  type Difference,
  differingOptions,
  type RunningKernel,
} from '../harness/rules/kernel/compare-configs.ts'
import { parseKernelVersion } from '../harness/rules/kernel/kernel-version.ts'
import { seriesSupport } from '../harness/rules/kernel/supported-series.ts'
import type { Evidence, Judgement } from '../harness/rules/verdict.ts'
import { check } from '../harness/vitest/check.ts'

check(
  'kernel.series',
  {
    claim: 'the kernel is of a series that still gets fixes',
    promise: 'P1',
    severity: 'high',
    vantages: ['at-rest'],
    guest: 'none',
    twins: ['mislabelled-kernel'],
    remedy: 'Take a kernel of a longterm series, or the newest; where Drydock knows too little, update it.',
  },
  async (context) => {
    const { kernel } = await context.image()
    const version = parseKernelVersion(kernel.release ?? '')
    if (version === undefined) throw new CannotJudge(`${kernel.name} does not say its version`)
    const { support, reason, stale, tableDate } = seriesSupport(version, new Date())
    const told = stale ? `${reason}; the table of ${tableDate} is older than a year: update Drydock` : reason
    const source = kernel.name
    const evidence: Evidence = { vantage: 'at-rest', source, found: kernel.release ?? '' }
    if (support === 'unknown') return judge.inconclusive(told, [evidence])
    const judgement = judge.findings({
      vantage: 'at-rest',
      source,
      bad:
        support === 'supported' ? [] : [{ ...evidence, expected: 'a supported series', subject: 'series' }],
      good: support === 'supported' ? [evidence] : [],
      what: 'series',
    })
    return { ...judgement, reason: told }
  },
)

/** A configuration with the name that evidence has for it. */
interface Account extends KernelConfig {
  readonly vantage: Evidence['vantage']
  readonly source: string
}

const runningConfigPath = '/proc/config.gz'

const runningConfig = async ({ host }: Probe): Promise<Account | undefined> => {
  const content = (await host.readMany([runningConfigPath])).get(runningConfigPath)
  if (!(content instanceof Buffer)) {
    if (content === 'ENOENT') return undefined
    throw new CannotJudge(`${runningConfigPath} cannot be read: ${content}`)
  }
  try {
    const text = gunzipSync(content, { maxOutputLength: configSizeLimit }).toString('utf8')
    return { ...parseKernelConfig(text, runningConfigPath), vantage: 'inside', source: runningConfigPath }
  } catch (error) {
    throw new CannotJudge(`${runningConfigPath} holds no configuration: ${messageOf(error)}`)
  }
}

const runningKernel = async ({ host }: Probe): Promise<RunningKernel> => {
  const read = async (path: string) => (await host.read(path)).toString('latin1').trim()
  const highest = '/sys/devices/system/cpu/kernel_max'
  const traces = new Map<string, boolean>()
  for (const { option, path } of configTraces) traces.set(option, (await host.glob(path)).length > 0)
  return {
    release: await read('/proc/sys/kernel/osrelease'),
    version: await read('/proc/version'),
    highestCpu: (await host.glob(highest)).length === 0 ? undefined : await read(highest),
    traces,
  }
}

const shown = 20

/** Two accounts of one kernel, and where they contradict each other. */
const compared = (
  here: Pick<Account, 'vantage' | 'source'>,
  there: Pick<Account, 'vantage' | 'source'>,
  count: number,
  differences: readonly Difference[],
): Judgement => {
  if (count === 0)
    return judge.inconclusive(`${here.source} names nothing that ${there.source} could be held to`)
  if (differences.length === 0) {
    const found = `the same as ${there.source}: ${count} compared`
    return { verdict: 'pass', reason: found, evidence: [{ ...here, found }] }
  }
  return {
    verdict: 'disagree',
    reason: `${here.source} and ${there.source} contradict each other in ${differences.length} of ${count}`,
    evidence: differences.slice(0, shown).map((difference) => ({
      vantage: there.vantage,
      source: `${difference.what} of ${there.source}`,
      found: difference.there,
      expected: difference.here,
      subject: difference.what,
    })),
  }
}

check(
  'kernel.identity',
  {
    claim:
      'the kernel that runs is the one in the image, built with the configuration that it is said to have',
    promise: 'P3',
    severity: 'high',
    vantages: ['at-rest', 'inside'],
    guest: 'shared',
    twins: ['mislabelled-kernel'],
    remedy: 'Give the .config of this very build (kernelConfig), and let nothing start another kernel.',
  },
  async (context) => {
    const { kernel } = await context.image()
    const probe = await context.probe()
    const running = await runningKernel(probe)
    const judgements: Judgement[] = [
      judge.agree({
        views: [
          {
            vantage: 'at-rest',
            source: kernel.name,
            found: kernel.release,
            reason: 'the file does not say',
          },
          { vantage: 'inside', source: '/proc/sys/kernel/osrelease', found: running.release },
        ],
        good: () => true,
        expected: 'the same',
        subject: 'release',
      }),
    ]
    const accounts: Account[] = []
    const { kernelConfig } = context.spec
    if (kernelConfig !== undefined && kernel.config !== undefined) {
      const given = parseKernelConfig(kernel.config, kernelConfig)
      accounts.push({ ...given, vantage: 'at-rest', source: kernelConfig })
    }
    const embedded = await kernel.embeddedConfig()
    if ('config' in embedded) {
      const source = `${kernel.name} (IKCONFIG)`
      accounts.push({ ...parseKernelConfig(embedded.config, source), vantage: 'at-rest', source })
    }
    const inside = await runningConfig(probe)
    if (inside !== undefined) accounts.push(inside)
    const [first, ...others] = accounts
    if (first === undefined)
      return judge.all([...judgements, judge.inconclusive('no configuration is known of this kernel')])
    for (const other of others) {
      const differences = differingOptions(first.options, other.options)
      judgements.push(compared(first, other, first.options.size, differences))
    }
    for (const account of accounts.filter(({ vantage }) => vantage === 'at-rest')) {
      const { compared: count, differences } = contradictions(account, running)
      judgements.push(
        compared(account, { vantage: 'inside', source: 'the running kernel' }, count, differences),
      )
    }
    return judge.all(judgements)
  },
)
