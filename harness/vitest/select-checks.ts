import { didYouMean } from '../common/closest.ts'
import { DrydockError } from '../common/errors.ts'
import type { Check } from '../rules/catalogue.ts'

const escapeText = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')

/** `root` is a whole family, `root.remount` one check, `*` any characters: `*.remount*`. */
const toExpression = (pattern: string): RegExp =>
  new RegExp(`^${pattern.split('*').map(escapeText).join('.*')}(\\..*)?$`)

/**
 * The checks whose id matches one of the patterns; all where there is no pattern.
 * Throws a `NO_SUCH_CHECK` error where a pattern matches none: a run of no checks would pass in silence.
 */
export const selectChecks = <Selected extends Pick<Check, 'id'>>(
  checks: readonly Selected[],
  patterns: readonly string[] = [],
): readonly Selected[] => {
  const expressions = patterns.map(toExpression)
  const unmatched = patterns.find((_, index) => !checks.some(({ id }) => expressions[index]?.test(id)))
  if (unmatched !== undefined) {
    const ids = checks.map(({ id }) => id)
    const hint = didYouMean(unmatched, ids)
    throw new DrydockError(
      `--case: expected an id, a family or a pattern with *, found "${unmatched}"${hint}`,
      {
        code: 'NO_SUCH_CHECK',
        blame: 'usage',
        hint: '`drydock list` shows every id.',
      },
    )
  }
  return patterns.length === 0
    ? checks
    : checks.filter(({ id }) => expressions.some((expression) => expression.test(id)))
}
