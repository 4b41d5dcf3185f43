import { type Architecture, architectures } from '../../common/architecture.ts'
import type { Severity } from '../catalogue.ts'
import { built, type Expectation, off, on } from './expectation.ts'
import type { SettingType } from './kernel-facts.ts'
import type { KernelVersionText } from './kernel-version.ts'

/** Who recommends a setting. */
export const ruleSources = [
  'KSPP',
  'kernel defaults',
  'kernel maintainers',
  'kernel documentation',
  'lockdown',
  'grsecurity',
  'CLIP OS',
  'CIS',
  'GrapheneOS',
  'Ubuntu',
  'A. Popov',
  'Drydock',
] as const
export type RuleSource = (typeof ruleSources)[number]

/** One setting and what it should be. */
export interface Condition {
  readonly type: SettingType
  readonly name: string
  readonly expected: Expectation
  /** Names that the setting had in older kernels. */
  readonly renamedFrom?: readonly string[]
}

/** One recommendation for one setting. The id is stable: records, policies and waivers name rules by it. */
export interface KernelRule extends Condition {
  /** `kconfig.STRICT_KERNEL_RWX`; at most one rule of an id per architecture. */
  readonly id: string
  readonly architectures: readonly Architecture[]
  readonly sources: readonly RuleSource[]
  /** One short sentence. */
  readonly why: string
  readonly severity: Severity
  /** What it may break or cost. */
  readonly withCare?: string
  /** The first kernel that has the setting, under its oldest name. */
  readonly since?: KernelVersionText
  /** The first kernel without it; `removedBecause` says what became of it. */
  readonly removedIn?: KernelVersionText
  readonly removedBecause?: string
  /** The rule is about something that is there only while all of these hold; else it is not applicable. */
  readonly appliesIf?: readonly Condition[]
  /** The setting counts only together with all of these. */
  readonly prerequisites?: readonly Condition[]
  /** Each is a full substitute, when all its conditions hold. */
  readonly alternatives?: readonly (readonly Condition[])[]
  /** Kconfig options that must be `y` before Kconfig lets this one be changed. */
  readonly settableWith?: readonly string[]
  /** A repeated parameter: the kernel takes the `last` one, or `all` of them together. @default 'last' */
  readonly repeated?: 'last' | 'all'
}

export const kconfig = (name: string, expected: Expectation, renamedFrom?: readonly string[]): Condition => ({
  type: 'kconfig',
  name,
  expected,
  ...(renamedFrom === undefined ? {} : { renamedFrom }),
})
export const isOn = (name: string): Condition => kconfig(name, on)
export const isOff = (name: string): Condition => kconfig(name, off)
export const isBuilt = (name: string): Condition => kconfig(name, built)
export const parameter = (name: string, expected: Expectation): Condition => ({
  type: 'cmdline',
  name,
  expected,
})
export const sysctl = (name: string, expected: Expectation): Condition => ({ type: 'sysctl', name, expected })

type Shared = 'expected' | 'sources' | 'severity' | 'architectures'

/** A row of a table: what is not the same for the whole table. `name`: where the setting is not called as the row. */
export type RuleRow = Partial<Omit<KernelRule, 'id' | 'type'>> & Pick<KernelRule, 'why'>

/** What the rows of a table have in common; the architectures are all unless it says otherwise. */
type RowDefaults = Pick<KernelRule, Exclude<Shared, 'architectures'>> &
  Partial<Omit<KernelRule, 'id' | 'type' | 'name'>>

/** The rules of one table. A row is its reason alone, or what it has beyond or against the table's common part. */
export const ruleTable = (
  type: SettingType,
  common: RowDefaults,
  rows: Readonly<Record<string, string | RuleRow>>,
): readonly KernelRule[] =>
  Object.entries(rows).map(([key, row]) => ({
    name: key,
    architectures,
    ...common,
    ...(typeof row === 'string' ? { why: row } : row),
    id: `${type}.${key}`,
    type,
  }))
