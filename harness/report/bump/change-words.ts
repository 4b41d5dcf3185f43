import { categories } from '../../record/bump/categories.ts'
import type { Change, ChangeKind, Detail } from '../../record/bump/change.ts'
import { safeLine } from '../safe-text.ts'

/** The order of a report: what has to be mended first. */
export const kindOrder: readonly ChangeKind[] = ['regressed', 'improved', 'changed', 'new', 'gone']

/** Characters of one value shown; the JSON has all. */
const valueLimit = 160

const shown = (value: string | undefined): string =>
  value === undefined ? 'nothing' : value === '' ? 'empty' : safeLine(value, valueLimit)

/** `words, of text | others`: of a long list only what came and what went. */
const listWords = ({ property, before = '', after = '' }: Detail): string | undefined => {
  if (!/capabilities|namespaces/.test(property)) return undefined
  const [from, to] = [before, after].map((text) => text.split(/\s+/))
  if (from === undefined || to === undefined || Math.max(from.length, to.length) < 8) return undefined
  const came = to.filter((word) => !from.includes(word)).map((word) => `+${word}`)
  const went = from.filter((word) => !to.includes(word)).map((word) => `-${word}`)
  return safeLine([...came, ...went].join(' '), valueLimit)
}

/** What a detail says: `relro: full -> partial`. */
export const detailWords = (detail: Detail): string => {
  const name = ['', 'value', 'verdict', 'state'].includes(detail.property)
    ? ''
    : `${safeLine(detail.property)}: `
  if (detail.before === undefined) return `${name}${shown(detail.after)}`
  if (detail.after === undefined) return `${name}${shown(detail.before)}`
  return `${name}${listWords(detail) ?? `${shown(detail.before)} -> ${shown(detail.after)}`}`
}

/** All that is said of a change behind its name. */
export const changeWords = ({ details, accepted }: Change): string =>
  [
    details.map(detailWords).join('; '),
    ...(accepted === undefined ? [] : [`accepted: ${safeLine(accepted, 300)}`]),
  ]
    .filter((part) => part !== '')
    .join('; ')

/** What things of a category are called. */
export const thingsOf = (category: string): string =>
  categories.find(({ id }) => id === category)?.things ?? category.replaceAll('-', ' ')

/** Changes by category, in the order of the categories. */
export const byCategory = (changes: readonly Change[]): ReadonlyMap<string, readonly Change[]> =>
  Map.groupBy(changes, ({ category }) => category)
