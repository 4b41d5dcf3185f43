// Writes debian-cloud.yml from the configurations in fixtures/kernel-config: node record-debian-cloud.ts > debian-cloud.yml
import { fileURLToPath } from 'node:url'
import { type Architecture, architectures } from '../../common/architecture.ts'
import { debianArchitectureOf } from '../../common/debian-lock.ts'
import { readKernelConfig } from '../../image/kernel-config-file.ts'
import { judgeKernel, type KernelRuleResult } from '../kernel/judge-kernel.ts'
import { parseKernelVersion } from '../kernel/kernel-version.ts'

/** Debian 13 gets security updates for three years. */
const endOfSupport = '2028-08-09'

const fixtures = fileURLToPath(new URL('../../../fixtures/kernel-config/', import.meta.url))

const failuresOn = async (architecture: Architecture): Promise<readonly KernelRuleResult[]> => {
  const { options, release = '' } = await readKernelConfig(
    `${fixtures}debian-6.12-cloud-${debianArchitectureOf(architecture)}.config.gz`,
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

const failures = new Map<string, Map<Architecture, string>>()
for (const architecture of architectures) {
  for (const result of await failuresOn(architecture)) {
    const found = failures.get(result.id) ?? new Map<Architecture, string>()
    failures.set(result.id, found.set(architecture, foundText(result)))
  }
}

const waiverLines = (rule: string, reason: string, architecture?: Architecture): readonly string[] => [
  `  - rule: ${rule}`,
  ...(architecture === undefined ? [] : [`    architecture: ${architecture}`]),
  `    reason: ${reason}`,
  `    expires: ${endOfSupport}`,
]

const waivers = [...failures]
  .toSorted(([a], [b]) => (a < b ? -1 : 1))
  .flatMap(([rule, found]) => {
    const texts = [...found.values()]
    const isShared = found.size === architectures.length && new Set(texts).size === 1
    if (isShared) return waiverLines(rule, `Debian 13 ships it ${texts[0]}`)
    return [...found].flatMap(([architecture, text]) =>
      waiverLines(rule, `Debian 13 ships it ${text}`, architecture),
    )
  })

process.stdout.write(`# The state of Debian 13's cloud kernels (linux-image-cloud-amd64 and -arm64, 6.12), so that a newer or an own kernel
# is judged by what got better or worse. Made by record-debian-cloud.ts; a waiver that is no longer needed says so.
extends: kspp

waivers:
${waivers.join('\n')}
`)
