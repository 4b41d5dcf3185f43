import { isGreen, type Verdict } from '../../rules/verdict.ts'
import type { RunRecord } from '../record.ts'
import type { SectionId } from '../sections.ts'
import type { BumpPolicy } from './bump-policy.ts'
import type { Direction, Properties, Rows } from './change.ts'
import {
  deviceMode,
  fewerWords,
  isVulnerable,
  type Judge,
  lowerNumber,
  moreWords,
  mountFlags,
  noIsBetter,
  ranked,
  someIsBetter,
  vulnerabilityState,
  yesIsBetter,
} from './directions.ts'
import { settingRows } from './kernel-settings.ts'

/** One kind of thing that two records are compared in. */
export interface Category {
  readonly id: string
  /** Plural. */
  readonly things: string
  /** Undefined where the record does not have them, and why where it says so. */
  rows(record: RunRecord, policy: BumpPolicy): Rows | { readonly problem: string }
  /** What is better, by property; a property without a judge is merely another. */
  judges?(policy: BumpPolicy): Readonly<Record<string, Judge>>
  /** What it means that a thing is new; undefined: nobody can say. */
  appeared?(properties: Properties): Direction
  /** The same for one that is gone. */
  disappeared?(name: string, properties: Properties, policy: BumpPolicy): Direction
}

const fromSection = (id: SectionId, change: Partial<Category> & Pick<Category, 'things'>): Category => ({
  id,
  rows: ({ sections }) => {
    const section = sections[id]
    if (section === undefined) return { problem: 'not recorded' }
    const rows = new Map(Object.entries(section.rows))
    return rows.size === 0 && section.problem !== null ? { problem: section.problem } : rows
  },
  ...change,
})

const fromSettings = (id: SectionId, type: Parameters<typeof settingRows>[1], things: string): Category => ({
  id,
  things,
  rows: (record, { kernel, today }) => {
    const problem = record.sections[id]?.problem
    const rows = settingRows(record, type, kernel, today)
    if (
      rows === undefined ||
      (typeof problem === 'string' && Object.keys(record.sections[id]?.rows ?? {}).length === 0)
    )
      return { problem: problem ?? 'not recorded' }
    return rows
  },
  judges: () => ({ recommendation: ranked('broken', 'kept') }),
  appeared: ({ recommendation }) => (recommendation === 'broken' ? 'regressed' : undefined),
})

const undecided: ReadonlySet<string> = new Set(['inconclusive', 'error'])

/** What is decided is better than what is not, and green better than red. */
const verdictOrder: Judge = (before, after) => {
  const place = (verdict: string): number =>
    undecided.has(verdict) ? 0 : isGreen(verdict as Verdict) ? 2 : 1
  if (place(before) === place(after)) return undefined
  return place(after) < place(before) ? 'regressed' : 'improved'
}

const checks: Category = {
  id: 'checks',
  things: 'checks',
  rows: (record) => new Map(record.checks.map(({ id, verdict }) => [id, { verdict }])),
  judges: () => ({ verdict: verdictOrder }),
  disappeared: (id, { verdict = '' }, { retired }) =>
    retired.has(id) || undecided.has(verdict) ? undefined : 'regressed',
}

const processJudges: Readonly<Record<string, Judge>> = {
  seccomp: ranked('none', 'filter', 'strict'),
  'no new privileges': yesIsBetter,
  'effective capabilities': fewerWords,
  'bounding capabilities': fewerWords,
  label: someIsBetter,
}

/** Everything that is compared, in the order of a report. */
export const categories: readonly Category[] = [
  checks,
  fromSettings('kernel-options', 'kconfig', 'kernel options'),
  fromSettings('sysctls', 'sysctl', 'sysctls'),
  fromSettings('kernel-parameters', 'cmdline', 'kernel parameters'),
  fromSection('vulnerabilities', {
    things: 'processor vulnerabilities',
    judges: () => ({ state: vulnerabilityState }),
    appeared: ({ state = '' }) => (isVulnerable(state) ? 'regressed' : undefined),
  }),
  fromSection('loaded-modules', {
    things: 'loaded modules',
    judges: () => ({ taints: fewerWords }),
    appeared: ({ taints }) => (taints === 'none' ? undefined : 'regressed'),
  }),
  fromSection('module-files', { things: 'module files' }),
  fromSection('devices', { things: 'device nodes', judges: () => ({ device: deviceMode }) }),
  fromSection('mounts', {
    things: 'mounts',
    judges: () => ({ mounted: mountFlags }),
    appeared: ({ mounted = '' }) => (/ rw\b/.test(mounted) ? 'regressed' : undefined),
  }),
  fromSection('listeners', {
    things: 'listeners',
    appeared: () => 'regressed',
    disappeared: () => 'improved',
  }),
  fromSection('binaries', {
    things: 'programs and libraries',
    judges: ({ tolerance }) => ({
      type: ranked('executable', 'pie'),
      relro: ranked('none', 'partial', 'full'),
      'stack not executable': yesIsBetter,
      canary: yesIsBetter,
      fortify: yesIsBetter,
      'text relocations': noIsBetter,
      'writable and executable': lowerNumber(),
      'search path': fewerWords,
      'indirect branch tracking': yesIsBetter,
      'shadow stack': yesIsBetter,
      'branch target identification': yesIsBetter,
      'pointer authentication': yesIsBetter,
      bytes: lowerNumber(tolerance.size),
    }),
  }),
  fromSection('daemons', {
    things: 'daemons',
    judges: () => ({ ...processJudges, 'own namespaces': moreWords }),
  }),
  fromSection('containers', {
    things: 'containers at rest',
    judges: () => ({
      capabilities: fewerWords,
      'no new privileges': yesIsBetter,
      seccomp: yesIsBetter,
      label: someIsBetter,
      'own namespaces': moreWords,
      'read-only root': yesIsBetter,
    }),
  }),
  fromSection('running-containers', {
    things: 'running containers',
    judges: () => ({
      ...processJudges,
      'namespaces of the host': fewerWords,
      root: ranked('writable', 'read-only'),
      'process limit': lowerNumber(),
      'memory limit': lowerNumber(),
      'CPU limit': lowerNumber(),
    }),
  }),
  fromSection('system-calls', {
    things: 'system calls that containers can make',
    judges: () => ({ reach: ranked('always', 'sometimes') }),
    appeared: () => 'regressed',
    disappeared: () => 'improved',
  }),
  fromSection('kernel-warnings', {
    things: 'warnings in the log of the kernel',
    appeared: () => 'regressed',
    disappeared: () => 'improved',
  }),
  fromSection('image-parts', {
    things: 'parts of the image',
    judges: ({ tolerance }) => ({
      bytes: lowerNumber(tolerance.size),
      'bytes of modules': lowerNumber(tolerance.size),
    }),
  }),
]
