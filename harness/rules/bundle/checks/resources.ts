import type { DeviceRule, OciSpec } from '../../../image/oci-spec.ts'
import { containerClaims } from '../../container-claims.ts'
import { mostMemory, mostProcesses } from '../../container-expectations.ts'
import { type BundleCheck, type Item, notAsked } from '../bundle.ts'

/** Character devices that every container has (config-linux.md, default devices), and pseudo-terminals: MAJOR:MINOR. */
const harmless = ['1:3', '1:5', '1:7', '1:8', '1:9', '5:0', '5:1', '5:2', '136:*']

interface Device {
  readonly type: 'b' | 'c'
  readonly major: number
  readonly minor: number
}

/** loop0 and /dev/mem, as they are tried in a running container. */
const tried: readonly (Device & { readonly name: string })[] = [
  { name: 'block device 7:0', type: 'b', major: 7, minor: 0 },
  { name: 'character device 1:1', type: 'c', major: 1, minor: 1 },
]

const numberOf = (value: number | undefined): string =>
  value === undefined || value < 0 ? '*' : String(value)

const isAny = (rule: DeviceRule): boolean => rule.type === '' || rule.type === 'a'

const concerns = (rule: DeviceRule, { type, major, minor }: Device): boolean =>
  (isAny(rule) || rule.type === type) &&
  ['*', String(major)].includes(numberOf(rule.major)) &&
  ['*', String(minor)].includes(numberOf(rule.minor))

/** Reading or writing, not only making the node. */
const opens = ({ access }: DeviceRule): boolean => access === '' || /[rw]/.test(access)

/** What the last rule that concerns a device says. */
const triedItem = (rules: readonly DeviceRule[], device: (typeof tried)[number]): Item => {
  const what = `make and open ${device.name}`
  const last = rules.findLast((rule) => opens(rule) && concerns(rule, device))
  if (last === undefined) {
    return { what, found: 'no rule that denies every device first', expected: 'allow false, access rwm' }
  }
  return last.allow
    ? { what, found: `allowed by the rule ${ruleText(last)}`, expected: 'denied' }
    : { what, found: 'denied' }
}

const ruleText = (rule: DeviceRule): string =>
  `${isAny(rule) ? 'a' : rule.type} ${numberOf(rule.major)}:${numberOf(rule.minor)} ${rule.access || 'rwm'}`

/** Whether a device gives nothing of the host, by its type and numbers. */
export const isHarmless = (type: string, major: string, minor: string): boolean =>
  ['c', 'u'].includes(type) && [`${major}:${minor}`, `${major}:*`].some((name) => harmless.includes(name))

const deviceItems = ({ linux }: OciSpec): readonly Item[] => {
  const rules = linux.resources?.devices ?? []
  const open = rules.filter((rule) => rule.allow && opens(rule))
  return [
    ...tried.map((device) => triedItem(rules, device)),
    ...open
      .filter((rule) => !isHarmless(rule.type, numberOf(rule.major), numberOf(rule.minor)))
      .map((rule) => ({
        what: `rule ${ruleText(rule)}`,
        found: 'allowed',
        expected: 'only null, zero, full, random, urandom and terminals',
      })),
    ...linux.devices
      .filter(({ type, major, minor }) => type !== 'p' && !isHarmless(type, numberOf(major), numberOf(minor)))
      .map(({ path, type, major, minor }) => ({
        what: path,
        found: `device ${type} ${numberOf(major)}:${numberOf(minor)}`,
        expected: 'only null, zero, full, random, urandom and terminals',
      })),
  ]
}

/** A limit that is good up to `most`. */
export const limitItem = (what: string, limit: number | undefined, most: number): Item => {
  const expected = `at most ${most}`
  if (limit === undefined || limit <= 0) return { what, found: 'no limit', expected }
  return limit > most ? { what, found: String(limit), expected } : { what, found: String(limit) }
}

/** What a container can use up, and which devices it reaches. */
export const resourceChecks: readonly BundleCheck[] = [
  {
    id: 'container.devices',
    claim: containerClaims['container.devices'],
    examine: ({ spec }) => deviceItems(spec),
  },
  {
    id: 'container.process-limit',
    claim: containerClaims['container.process-limit'],
    examine: ({ spec }, { limits }) =>
      limits.includes('pids')
        ? [limitItem('pids.max', spec.linux.resources?.pids?.limit, mostProcesses)]
        : notAsked,
  },
  {
    id: 'container.memory-limit',
    claim: containerClaims['container.memory-limit'],
    examine: ({ spec }, { limits }) =>
      limits.includes('memory')
        ? [limitItem('memory.max', spec.linux.resources?.memory?.limit, mostMemory)]
        : notAsked,
  },
  {
    id: 'container.cpu-limit',
    claim: containerClaims['container.cpu-limit'],
    examine: ({ spec }, { limits }) => {
      if (!limits.includes('cpu')) return notAsked
      const quota = spec.linux.resources?.cpu?.quota ?? 0
      return quota > 0
        ? [{ what: 'cpu.max', found: `${quota} µs in each period` }]
        : [{ what: 'cpu.max', found: 'no limit', expected: 'a quota' }]
    },
  },
]
