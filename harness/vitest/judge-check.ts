import { neutraliseLine } from '../common/text.ts'
import type { Check } from '../rules/catalogue.ts'
import { type CheckResult, evaluate } from '../rules/evaluate.ts'
import { isGreen } from '../rules/verdict.ts'
import type { Lab } from './lab.ts'

/** Runs one check in the lab. Never throws. */
export const judgeCheck = async (lab: Lab, check: Check): Promise<CheckResult> => {
  await using context = lab.contextFor(check)
  return await evaluate(check, context)
}

/** How vitest shows a check that is not green: its reason, and no stack, which would show Drydock's own code. */
export class NotGreen extends Error {
  override readonly name = 'NotGreen'

  constructor({ verdict, reason, evidence }: CheckResult) {
    const against = evidence.filter(({ subject }) => subject !== undefined).slice(0, 3)
    super(
      [
        `${verdict}: ${neutraliseLine(reason)}`,
        ...against.map(({ source, found }) => `  ${neutraliseLine(`${source}: ${found}`)}`),
      ].join('\n'),
    )
    this.stack = ''
  }
}

export const demandGreen = (result: CheckResult): void => {
  if (!isGreen(result.verdict)) throw new NotGreen(result)
}
