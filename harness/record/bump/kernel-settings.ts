import type { SettingType } from '../../rules/kernel/kernel-facts.ts'
import { parseKernelVersion } from '../../rules/kernel/kernel-version.ts'
import { judgeByPolicy } from '../../rules/kernel-policies/judge-by-policy.ts'
import type { KernelPolicy } from '../../rules/kernel-policies/kernel-policy.ts'
import type { RunRecord } from '../record.ts'
import type { Section, SectionId } from '../sections.ts'
import type { Properties, Rows } from './change.ts'
import { newestName } from './renames.ts'

/** Where a record has the settings of each type, and how it names them. */
const places: Readonly<Record<SettingType, { readonly section: SectionId; readonly prefix: string }>> = {
  kconfig: { section: 'kernel-options', prefix: 'CONFIG_' },
  cmdline: { section: 'kernel-parameters', prefix: '' },
  sysctl: { section: 'sysctls', prefix: '' },
}

const valuesOf = (section: Section | undefined, prefix: string): ReadonlyMap<string, string> | undefined =>
  section === undefined
    ? undefined
    : new Map(
        Object.entries(section.rows).map(([name, { value = '' }]) => [
          name.startsWith(prefix) ? name.slice(prefix.length) : name,
          value,
        ]),
      )

// What this kernel cannot have is no loss, and what it can have for the first time is none either.
const told = { fail: 'broken', inconclusive: 'unknown', 'not-applicable': 'none' } as const
const isTold = (verdict: string): verdict is keyof typeof told => verdict in told

type Opinions = ReadonlyMap<string, string>

const known = new WeakMap<RunRecord, { readonly policy: KernelPolicy; readonly opinions: Opinions }>()

/** What the rules say of each setting of a record, by `TYPE NAME`; judged once for settings of all types. */
const opinionsOn = (record: RunRecord, policy: KernelPolicy, today: string): Opinions => {
  const before = known.get(record)
  if (before?.policy === policy) return before.opinions
  const opinions = judged(record, policy, today)
  known.set(record, { policy, opinions })
  return opinions
}

const judged = (
  { architecture, kernel, sections }: RunRecord,
  policy: KernelPolicy,
  today: string,
): Opinions => {
  const values = (type: SettingType) => valuesOf(sections[places[type].section], places[type].prefix)
  const parameters = values('cmdline')
  const { results } = judgeByPolicy(
    {
      architecture,
      version: parseKernelVersion(kernel ?? ''),
      config: values('kconfig'),
      cmdline:
        parameters === undefined
          ? undefined
          : [...parameters].map(([name, value]) => (value === '' ? name : `${name}=${value}`)).join(' '),
      sysctls: values('sysctl'),
    },
    policy,
    today,
  )
  return new Map(
    results.map(({ type, name, verdict }) => [
      `${type} ${newestName(type, name)}`,
      isTold(verdict) ? told[verdict] : 'kept',
    ]),
  )
}

/**
 * Settings of one type by their newest names, with the value and what becomes of the recommendation for it: `kept`,
 * `broken`, `unknown`, or `none` for this kernel. Undefined where the record has none. An option that is off and one that does not exist are the same.
 */
export const settingRows = (
  record: RunRecord,
  type: SettingType,
  policy: KernelPolicy,
  today: string,
): Rows | undefined => {
  const { section, prefix } = places[type]
  const values = valuesOf(record.sections[section], prefix)
  if (values === undefined) return undefined
  const opinions = opinionsOn(record, policy, today)
  const rows = new Map<string, Properties>()
  const put = (name: string, value: string): void => {
    const recommendation = opinions.get(`${type} ${name}`)
    rows.set(`${prefix}${name}`, { value, ...(recommendation === undefined ? {} : { recommendation }) })
  }
  for (const [name, value] of values) {
    const newest = newestName(type, name)
    const isOff = type === 'kconfig' && value === 'n'
    // Where both names stand, the newer one decides.
    if (!isOff && (newest === name || !values.has(newest))) put(newest, value)
  }
  for (const key of opinions.keys()) {
    const [of, name = ''] = key.split(' ', 2)
    if (of === type && !rows.has(`${prefix}${name}`)) put(name, 'not set')
  }
  return rows
}
