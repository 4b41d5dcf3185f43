// Writes debian-cloud.yml from the configurations in fixtures/kernel-config: node record-debian-cloud.ts > debian-cloud.yml
import { fileURLToPath } from 'node:url'
import { type Architecture, architectures } from '../../common/architecture.ts'
import { debianArchitectureOf } from '../../common/debian-lock.ts'
import { readKernelConfig } from '../../image/kernel-config-file.ts'
import { judgeKernel, type KernelRuleResult } from '../kernel/judge-kernel.ts'
import { type KernelVersionText, parseKernelVersion } from '../kernel/kernel-version.ts'

/** Debian 13 gets security updates for three years. */
const endOfSupport = '2028-08-09'

/** The series that are recorded, oldest first. What holds of one holds up to the next. */
const series: readonly KernelVersionText[] = ['6.1', '6.12', '7.2', '7.3']

const fixtures = fileURLToPath(new URL('../../../fixtures/kernel-config/', import.meta.url))

const failuresOf = async (
  version: KernelVersionText,
  architecture: Architecture,
): Promise<readonly KernelRuleResult[]> => {
  const { options, release = '' } = await readKernelConfig(
    `${fixtures}debian-${version}-cloud-${debianArchitectureOf(architecture)}.config.gz`,
  )
  return judgeKernel({
    architecture,
    version: parseKernelVersion(release),
    config: options,
    cmdline: undefined,
    sysctls: undefined,
  }).filter(({ verdict }) => verdict === 'fail')
}

const foundText = ({ actual }: KernelRuleResult): string =>
  actual === undefined ? 'absent' : actual === 'n' ? 'not set' : `set to ${actual}`

/** A rule that neighbouring series fail. */
interface Span {
  /** Of the first and the last series in `series`. */
  readonly from: number
  to: number
  /** What was found, each once, in order. */
  readonly found: string[]
}

const addTo = (spans: Span[], index: number, text: string): void => {
  const last = spans.at(-1)
  if (last === undefined || last.to !== index - 1) {
    spans.push({ from: index, to: index, found: [text] })
    return
  }
  last.to = index
  if (last.found.at(-1) !== text) last.found.push(text)
}

/** By rule, then by architecture. */
const failures = new Map<string, Map<Architecture, Span[]>>()
for (const architecture of architectures) {
  for (const [index, version] of series.entries()) {
    for (const result of await failuresOf(version, architecture)) {
      const ofRule = failures.get(result.id) ?? new Map<Architecture, Span[]>()
      failures.set(result.id, ofRule)
      const spans = ofRule.get(architecture) ?? []
      ofRule.set(architecture, spans)
      addTo(spans, index, foundText(result))
    }
  }
}

/** A span that reaches the newest series stays open: what is newer is not known to be better. */
const waiverLines = (
  rule: string,
  { from, to, found }: Span,
  architecture?: Architecture,
): readonly string[] => [
  `  - rule: ${rule}`,
  ...(architecture === undefined ? [] : [`    architecture: ${architecture}`]),
  ...(from === 0 ? [] : [`    since: '${series[from]}'`]),
  ...(to === series.length - 1 ? [] : [`    before: '${series[to + 1]}'`]),
  `    reason: Debian ships it ${found.join(', then ')}`,
  `    expires: ${endOfSupport}`,
]

const waivers = [...failures]
  .toSorted(([a], [b]) => (a < b ? -1 : 1))
  .flatMap(([rule, byArchitecture]) => {
    const all = [...byArchitecture.values()]
    const [first = []] = all
    const isShared =
      all.length === architectures.length && new Set(all.map((spans) => JSON.stringify(spans))).size === 1
    if (isShared) return first.flatMap((span) => waiverLines(rule, span))
    return [...byArchitecture].flatMap(([architecture, spans]) =>
      spans.flatMap((span) => waiverLines(rule, span, architecture)),
    )
  })

process.stdout.write(`# The state of Debian's cloud kernels (linux-image-cloud-amd64 and -arm64) ${series.join(', ')}, so that a newer or an
# own kernel is judged by what got better or worse. Made by record-debian-cloud.ts; a waiver that is no longer needed
# says so.
extends: kspp

waivers:
${waivers.join('\n')}
`)
