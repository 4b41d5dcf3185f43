import { capabilityNames } from '../../facts/capabilities.ts'
import type { Daemon } from '../../facts/daemons.ts'
import { processName } from '../../facts/running-code.ts'
import { judge } from '../judge.ts'
import type { Evidence, Judgement } from '../verdict.ts'
import type { DaemonPolicy } from './daemon-policy.ts'

const every = 41

/** A set of capabilities in few words. */
const describeCapabilities = (set: bigint): string => {
  const names = capabilityNames(set)
  if (names.length === 0) return 'none'
  return names.length >= every ? 'all' : names.join(' ')
}

const seccompModes = ['no seccomp', 'strict seccomp', 'seccomp filter'] as const

/** One row of the table of daemons. */
export const describeDaemon = ({ process, language, ownNamespaces }: Daemon): string =>
  [
    language ?? 'unknown language',
    `uid ${process.uid}`,
    `capabilities ${describeCapabilities(process.capabilities.effective)}, bounded by ${describeCapabilities(process.capabilities.bounding)}`,
    seccompModes[process.seccomp] ?? `seccomp mode ${process.seccomp}`,
    process.noNewPrivileges ? 'no_new_privs' : 'may gain privileges',
    ownNamespaces.length === 0 ? "the host's namespaces" : `own ${ownNamespaces.join(' ')}`,
    `label ${process.label === undefined || process.label === '' ? 'none' : process.label}`,
    process.container === undefined ? 'no container' : `container ${process.container}`,
  ].join(', ')

/** What is wrong with a daemon, or undefined. */
const problemWith = (daemon: Daemon, { typeSafe, contained }: DaemonPolicy): string | undefined => {
  const { process, language, ownNamespaces } = daemon
  if (typeSafe.some((safe) => safe === language)) return undefined
  const what = language === undefined ? 'in a language that its file does not tell' : `in ${language}`
  const { container } = process
  if (container === undefined) return `${what} and in no container`
  const declared = Object.hasOwn(contained, container) ? contained[container] : undefined
  if (declared === undefined || !declared.programs.includes(process.exe ?? '')) {
    return `${what}, in the container ${container}, for which the policy does not declare it`
  }
  const shared = declared.namespaces.filter((type) => !ownNamespaces.includes(type))
  if (shared.length > 0) return `${what}, and shares ${shared.join(', ')} with the host`
  const { capabilities: bound } = declared
  if (bound === 'all') return undefined
  const all = Object.values(process.capabilities).reduce((union, set) => union | set, 0n)
  const beyond = capabilityNames(all).filter((name) => !bound.includes(name))
  return beyond.length === 0 ? undefined : `${what}, with ${beyond.join(', ')} beyond its bound`
}

/** Judges every daemon; all rows of the table are evidence, for reports to show. */
export const judgeDaemons = (daemons: readonly Daemon[], policy: DaemonPolicy): Judgement => {
  const expected = `${policy.typeSafe.join(', ')}, or what the policy declares under daemons.contained`
  const rows = daemons.map((daemon): Evidence => {
    const name = processName(daemon.process)
    const row = {
      vantage: 'inside',
      source: `process ${daemon.process.pid}, ${name}`,
      found: describeDaemon(daemon),
    } as const
    const problem = problemWith(daemon, policy)
    return problem === undefined
      ? row
      : { ...row, found: `${problem}: ${row.found}`, expected, subject: name }
  })
  const [bad, good] = [
    rows.filter(({ subject }) => subject !== undefined),
    rows.filter(({ subject }) => subject === undefined),
  ]
  const judgement = judge.findings({
    vantage: 'inside',
    source: 'the running guest',
    bad,
    good,
    what: 'daemons',
  })
  return { ...judgement, evidence: [...bad, ...good] }
}
