import type { PolicyRuleResult } from '../../rules/kernel-policies/judge-by-policy.ts'
import type { JudgedFile } from './session.ts'

const ruleAsJson = ({ actual, sources, mend, ...rest }: PolicyRuleResult) => {
  const lines = mend()
  return {
    ...rest,
    actual: actual ?? null,
    source: sources,
    mend: lines.length === 0 ? undefined : lines,
  }
}

/** An object for each rule, without the array's brackets; each on a line of its own. */
export const rulesAsJson = ({ results }: JudgedFile): string =>
  results.map((result) => JSON.stringify(ruleAsJson(result))).join(',\n')

/** One object for the file. */
export const fileAsJson = ({ file, facts, config, results }: JudgedFile): string =>
  JSON.stringify({
    file,
    architecture: facts.architecture,
    release: config.release ?? null,
    rules: results.map(ruleAsJson),
  })
