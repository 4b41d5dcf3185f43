import { neutraliseLine } from '../../common/text.ts'
import type { Severity } from '../../rules/catalogue.ts'
import { settingText } from '../../rules/kernel/judge-condition.ts'
import { type SettingType, settingTypes } from '../../rules/kernel/kernel-facts.ts'
import { isGiven, type PolicyRuleResult } from '../../rules/kernel-policies/judge-by-policy.ts'
import { columns, wrapped } from '../plain-text.ts'
import type { JudgedFile } from './session.ts'

const bySeverity: readonly Severity[] = ['critical', 'high', 'medium', 'low']

/** The failures of one file, gravest first, then how many rules came out how. */
export const fileAsText = (
  file: JudgedFile,
  { notes, policyName, width }: { notes: readonly string[]; policyName: string; width: number },
): string => {
  const { facts, results, config } = file
  const failed = results
    .filter(({ verdict }) => verdict === 'fail')
    .toSorted((a, b) => bySeverity.indexOf(a.severity) - bySeverity.indexOf(b.severity))
  const open = results.filter(({ verdict, type }) => verdict === 'inconclusive' && isGiven(facts, type))
  const origin = config.embeddedIn === undefined ? '' : `, the configuration inside a ${config.embeddedIn}`
  const title = `${file.file}: Linux ${config.release ?? 'of unknown version'} for ${facts.architecture}${origin}, judged by ${policyName}`
  return [
    neutraliseLine(title),
    ...notes.map((note) => `! ${neutraliseLine(note)}`),
    ...(failed.length > 0 ? ['', ...failures(failed, width)] : []),
    ...(open.length > 0 ? ['', ...unjudged(open)] : []),
    ...mending(file, failed),
    '',
    counts(file, failed),
    '',
  ].join('\n')
}

const found = ({ type, actual }: PolicyRuleResult): string => {
  if (actual === undefined) return 'absent'
  if (type === 'kconfig' && actual === 'n') return 'not set'
  return actual === '' ? 'given' : neutraliseLine(actual, 24)
}

/** Why the setting matters, what else is wrong than its value, and what it may break. */
const explanation = ({ why, reason, desired, withCare, policyReason }: PolicyRuleResult): string =>
  [
    why,
    ...(reason.endsWith(`expected ${desired}`) ? [] : [`It ${neutraliseLine(reason)}.`]),
    ...(withCare === undefined ? [] : [`With care: ${withCare}.`]),
    ...(policyReason === undefined ? [] : [`The policy: ${neutraliseLine(policyReason)}.`]),
  ].join(' ')

/** A line with columns for each, and below it why. */
const failures = (failed: readonly PolicyRuleResult[], width: number): readonly string[] => {
  const heads = columns([
    ['severity', 'setting', 'found', 'expected'],
    ...failed.map((result) => [
      result.severity,
      settingText(result.type, result.name),
      found(result),
      result.desired,
    ]),
  ])
  return heads.flatMap((head, index) => {
    const result = failed[index - 1]
    return result === undefined ? [head] : [head, ...paragraph(explanation(result), width)]
  })
}

/** Of many kernels, most fail by the same rules. */
const paragraphs = new Map<string, readonly string[]>()

const paragraph = (text: string, width: number): readonly string[] => {
  const known = paragraphs.get(text)
  if (known !== undefined) return known
  const lines = wrapped(text, width, '          ')
  paragraphs.set(text, lines)
  return lines
}

const unjudged = (open: readonly PolicyRuleResult[]): readonly string[] =>
  columns([
    ['setting', 'cannot be judged'],
    ...open.map(({ type, name, reason }) => [settingText(type, name), neutraliseLine(reason)]),
  ])

const mending = ({ file }: JudgedFile, failed: readonly PolicyRuleResult[]): readonly string[] =>
  failed.some(({ mend }) => mend().length > 0)
    ? [
        '',
        `To mend the configuration: drydock kconfig ${neutraliseLine(file)} --fragment > hardening.config`,
        '                           scripts/kconfig/merge_config.sh .config hardening.config',
      ]
    : []

const inputFor: Readonly<Record<SettingType, string>> = {
  kconfig: 'the configuration',
  cmdline: 'the command line (--cmdline)',
  sysctl: 'sysctls (--sysctl)',
}

const counts = ({ facts, results }: JudgedFile, failed: readonly PolicyRuleResult[]): string => {
  const given = results.filter(({ type }) => isGiven(facts, type))
  const count = (verdict: PolicyRuleResult['verdict']): number =>
    given.filter((result) => result.verdict === verdict).length
  const grades = bySeverity
    .map((severity) => [severity, failed.filter((result) => result.severity === severity).length] as const)
    .filter(([, number]) => number > 0)
    .map(([severity, number]) => `${number} ${severity}`)
  const words = [
    `${failed.length} failed${grades.length === 0 ? '' : ` (${grades.join(', ')})`}`,
    `${count('pass')} passed`,
    `${count('absent')} absent`,
    ...(count('waived') > 0 ? [`${count('waived')} waived`] : []),
    ...(count('inconclusive') > 0 ? [`${count('inconclusive')} inconclusive`] : []),
    `${count('not-applicable')} not applicable`,
  ]
  const missing = settingTypes
    .filter((type) => !isGiven(facts, type))
    .map((type) => `${results.filter((result) => result.type === type).length} for ${inputFor[type]}`)
  return `${words.join(', ')}${missing.length === 0 ? '' : `; not judged: ${missing.join(', ')}`}`
}
