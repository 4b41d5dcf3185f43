import { join } from 'node:path'
import type { Architecture } from '../common/architecture.ts'
import { DrydockError } from '../common/errors.ts'
import type { AcceleratorPolicy } from '../machine/accelerator.ts'
import { bumpOf, exitCodeOfBump } from '../record/bump/bump.ts'
import { loadBumpPolicy } from '../record/bump/bump-policy.ts'
import { bumpJson } from '../report/bump/bump-json.ts'
import { bumpMarkdown } from '../report/bump/bump-markdown.ts'
import { bumpText } from '../report/bump/bump-text.ts'
import { textOptionsFor } from '../report/terminal.ts'
import { dayOf } from '../rules/waivers.ts'
import { recordsOf, type Side } from './bump/sides.ts'
import { printOut } from './print-out.ts'

export interface BumpFlags {
  readonly kernel?: readonly string[]
  readonly policy?: string
  readonly arch?: Architecture
  readonly accel: AcceleratorPolicy
  readonly out: string
  readonly json?: boolean
  readonly markdown?: boolean
}

const wrong = (expected: string, found: string): DrydockError =>
  new DrydockError(`bump: expected ${expected}, found ${found}`, {
    code: 'BAD_BUMP',
    blame: 'usage',
    hint: '`drydock bump --help` shows examples.',
  })

/** The two sides that were asked for. */
const sidesOf = (given: readonly string[], kernels: readonly string[]): readonly [Side, Side] => {
  if (kernels.length > 0) {
    const [before, after] = kernels
    if (given.length > 0 || before === undefined || after === undefined || kernels.length > 2)
      throw wrong('--kernel twice and nothing else', [...given, ...kernels].join(' '))
    return [{ kernel: before }, { kernel: after }]
  }
  const [before, after] = given
  if (before === undefined || after === undefined)
    throw wrong('what to compare, before and after', given.length === 0 ? 'nothing' : 'one thing')
  return [{ path: before }, { path: after }]
}

/** `drydock bump`; gives the exit code. */
export const bump = async (
  old: string | undefined,
  recent: string | undefined,
  flags: BumpFlags,
): Promise<number> => {
  const given = [old, recent].filter((word) => word !== undefined)
  const [before, after] = sidesOf(given, flags.kernel ?? [])
  const policy = await loadBumpPolicy(flags.policy, dayOf(new Date()))
  const options = { accelerator: flags.accel, architecture: flags.arch }
  const result = bumpOf(
    await recordsOf(before, { ...options, out: join(flags.out, 'before') }),
    await recordsOf(after, { ...options, out: join(flags.out, 'after') }),
    policy,
  )
  if (flags.json === true) printOut(bumpJson(result))
  else if (flags.markdown === true) printOut(bumpMarkdown(result))
  else printOut(bumpText(result, textOptionsFor(process.stdout, process.env)))
  return exitCodeOfBump(result)
}
