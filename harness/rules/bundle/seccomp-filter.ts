import type { Seccomp } from '../../image/oci-spec.ts'

type Rule = Seccomp['syscalls'][number]
type Condition = Rule['args'][number]

/** Whether a filter lets a system call through: whatever its arguments, for some of them, or never. */
export type Reach = 'always' | 'sometimes' | 'never'

/** TRACE and NOTIFY leave it to another program, which may let it through. */
const through: readonly Seccomp['defaultAction'][] = [
  'SCMP_ACT_ALLOW',
  'SCMP_ACT_LOG',
  'SCMP_ACT_TRACE',
  'SCMP_ACT_NOTIFY',
]

const letsThrough = (action: Seccomp['defaultAction']): boolean => through.includes(action)

const holds = ({ index, op, value, valueTwo }: Condition, given: readonly bigint[]): boolean => {
  const argument = given[index] ?? 0n
  const wanted = BigInt(value)
  switch (op) {
    case 'SCMP_CMP_NE':
      return argument !== wanted
    case 'SCMP_CMP_LT':
      return argument < wanted
    case 'SCMP_CMP_LE':
      return argument <= wanted
    case 'SCMP_CMP_EQ':
      return argument === wanted
    case 'SCMP_CMP_GE':
      return argument >= wanted
    case 'SCMP_CMP_GT':
      return argument > wanted
    case 'SCMP_CMP_MASKED_EQ':
      return (argument & wanted) === BigInt(valueTwo)
  }
}

/** Conditions must all hold; those on one argument, of which runtimes make a rule each, one of them. */
const matches = (args: readonly Condition[], given: readonly bigint[]): boolean => {
  const indexes = new Set(args.map(({ index }) => index))
  return indexes.size === args.length
    ? args.every((condition) => holds(condition, given))
    : args.some((condition) => holds(condition, given))
}

/**
 * A filter as libseccomp makes it of a profile: rules by name, of which one without conditions decides alone.
 * It holds for the calls of one architecture; those of another are refused unless the profile names it.
 */
export class SeccompFilter {
  readonly #default: boolean
  readonly #rules = new Map<string, Rule[]>()

  constructor({ defaultAction, syscalls }: Seccomp) {
    this.#default = letsThrough(defaultAction)
    for (const rule of syscalls) {
      for (const name of rule.names) {
        const known = this.#rules.get(name)
        if (known === undefined) this.#rules.set(name, [rule])
        else known.push(rule)
      }
    }
  }

  /** Whether a call with these arguments gets through. */
  allows(name: string, given: readonly bigint[]): boolean {
    const rules = this.#rules.get(name) ?? []
    const rule = rules.find(({ args }) => args.length === 0) ?? rules.find(({ args }) => matches(args, given))
    return rule === undefined ? this.#default : letsThrough(rule.action)
  }

  reach(name: string): Reach {
    const rules = this.#rules.get(name) ?? []
    const plain = rules.find(({ args }) => args.length === 0)
    if (plain !== undefined) return letsThrough(plain.action) ? 'always' : 'never'
    const others = rules.some(({ action }) => letsThrough(action) !== this.#default)
    if (others) return 'sometimes'
    return this.#default ? 'always' : 'never'
  }
}
