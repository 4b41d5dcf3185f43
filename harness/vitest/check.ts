import { type CheckMeta, catalogue } from '../rules/catalogue.ts'
import type { ContextOf, GuestUse } from '../rules/context.ts'
import type { Judgement } from '../rules/verdict.ts'

/**
 * Defines a check: one claim about an image, and how it is decided from facts and tries. A case file does nothing but
 * this; `cases.suite.ts` makes a test of every check that was defined, once per architecture.
 *
 * @param id `family.claim`, such as `root.remount`; stable for ever
 * @param run throws `CannotJudge` where it cannot come to a verdict; whatever else it throws is an `error`
 */
export const check = <Use extends GuestUse>(
  id: string,
  meta: CheckMeta & { readonly guest: Use },
  run: (context: ContextOf[Use]) => Promise<Judgement>,
): void => {
  catalogue.define(id, meta, run)
}
