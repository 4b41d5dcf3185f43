import type { Direction } from './change.ts'

/** Whether one value of a property is better than another. */
export type Judge = (before: string, after: string) => Direction

const words = (text: string): ReadonlySet<string> =>
  new Set(text.split(/[\s|,]+/).filter((word) => word !== '' && word !== 'none'))

const beyond = (here: ReadonlySet<string>, there: ReadonlySet<string>): boolean =>
  [...here].some((word) => !there.has(word))

/** Values from the worst to the best; others say nothing. */
export const ranked =
  (...order: readonly string[]): Judge =>
  (before, after) => {
    const [from, to] = [order.indexOf(before), order.indexOf(after)]
    if (from === -1 || to === -1 || from === to) return undefined
    return to < from ? 'regressed' : 'improved'
  }

export const yesIsBetter = ranked('no', 'yes')
export const noIsBetter = ranked('yes', 'no')

/** A set of things of which none is the best, such as capabilities. */
export const fewerWords: Judge = (before, after) => {
  const [from, to] = [words(before), words(after)]
  if (beyond(to, from)) return 'regressed'
  return beyond(from, to) ? 'improved' : undefined
}

/** A set of things that protect, such as namespaces of one's own. */
export const moreWords: Judge = (before, after) => fewerWords(after, before)

/** Something is better than `none`. */
export const someIsBetter: Judge = (before, after) => {
  const [from, to] = [words(before).size > 0, words(after).size > 0]
  if (from === to) return undefined
  return to ? 'improved' : 'regressed'
}

const numberOf = (text: string): number =>
  text.startsWith('max') ? Number.POSITIVE_INFINITY : Number.parseFloat(text)

/** A number, or `max`. @param tolerance what it may grow by before it counts, 0.1 for a tenth */
export const lowerNumber =
  (tolerance = 0): Judge =>
  (before, after) => {
    const [from, to] = [numberOf(before), numberOf(after)]
    if (Number.isNaN(from) || Number.isNaN(to)) return undefined
    if (to > from * (1 + tolerance)) return 'regressed'
    return to * (1 + tolerance) < from ? 'improved' : undefined
  }

const protections = ['nosuid', 'nodev', 'noexec', 'nosymfollow', 'ro']

/** `tmpfs rw,nosuid`: what keeps a mount from being used. */
export const mountFlags: Judge = (before, after) => {
  const kept = (text: string): string =>
    protections.filter((flag) => (text.split(' ')[1] ?? '').split(',').includes(flag)).join(' ')
  return moreWords(kept(before), kept(after))
}

/** `character 1:3, 0666 0:0`: who may use a device. */
export const deviceMode: Judge = (before, after) => {
  const modeOf = (text: string): number => Number.parseInt(/, ([0-7]{4}) /.exec(text)?.[1] ?? '', 8)
  const [from, to] = [modeOf(before), modeOf(after)]
  if (Number.isNaN(from) || Number.isNaN(to) || from === to) return undefined
  return (to & ~from) === 0 ? 'improved' : 'regressed'
}

/** /sys/devices/system/cpu/vulnerabilities: `Not affected`, `Mitigation: ...`, `Vulnerable...`, `Unknown...`. */
export const isVulnerable = (state: string): boolean =>
  /^(?:Vulnerable|Unknown)|; Vulnerable|: Vulnerable/i.test(state)

export const vulnerabilityState: Judge = (before, after) => {
  if (isVulnerable(before) === isVulnerable(after)) return undefined
  return isVulnerable(after) ? 'regressed' : 'improved'
}
