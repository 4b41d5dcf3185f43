import { isArchitecture } from '../../common/architecture.ts'
import type { Program } from '../../facts/elf-inventory.ts'
import { type ElfRule, elfRules, type Surroundings } from '../../rules/elf-rules.ts'
import type { Policy } from '../../rules/policy.ts'
import type { Collected } from './collected.ts'

/** A claim that a file breaks. */
export interface Broken {
  /** Id of the check that makes the claim. */
  readonly check: string
  readonly found: string
  readonly expected: string
  /** Why the policy accepts it. */
  readonly waived: string | undefined
}

/** A program, library or kernel module, judged. */
export interface Judged {
  /** Its path among all that was given. */
  readonly path: string
  readonly program: Program
  readonly privileges: readonly string[]
  readonly broken: readonly Broken[]
}

/** What a file is judged by. */
export interface Rulebook {
  readonly surroundings: Surroundings
  /** Undefined for files of this host that no policy was given for: their privileges are shown, not judged. */
  readonly policy: Policy | undefined
  /** The reason for which a waiver accepts that a subject breaks a check. */
  waiverOf(check: string, subject: string, machine: string): string | undefined
}

const rules: readonly (readonly [string, ElfRule])[] = Object.entries(elfRules)

const privilegedFiles = { check: 'base.privileged-files', expected: 'no privilege of its own' }

export const judgeAll = ({ pathOf, inventory, privilegesOf }: Collected, book: Rulebook): Judged[] =>
  inventory.programs.map((program) => {
    const privileges = privilegesOf(program)
    return {
      path: pathOf(program.subject),
      program,
      privileges,
      broken: [...brokenRules(program, book), ...brokenPrivileges(program, privileges, book)],
    }
  })

const brokenRules = (program: Program, book: Rulebook): Broken[] => {
  const broken: Broken[] = []
  for (const [check, { examine, expected }] of rules) {
    const examined = examine(program, book.surroundings)
    if (examined === 'skip' || 'good' in examined) continue
    const waived = book.waiverOf(check, program.subject, program.elf.machine)
    broken.push({ check, found: examined.bad, expected, waived })
  }
  return broken
}

const brokenPrivileges = (
  { subject, entry, elf }: Program,
  privileges: readonly string[],
  { policy, waiverOf }: Rulebook,
): Broken[] => {
  if (policy === undefined || privileges.length === 0) return []
  const { setuid, capabilities } = policy.files
  const isAllowed = (privilege: string): boolean =>
    Object.hasOwn(/^set[ug]id$/.test(privilege) ? setuid : capabilities, entry.path)
  if (privileges.every(isAllowed)) return []
  const waived = waiverOf(privilegedFiles.check, subject, elf.machine)
  return [{ ...privilegedFiles, found: privileges.join(', '), waived }]
}

/** The machine's name as waivers have it. */
export const architectureOf = (machine: string) => (isArchitecture(machine) ? machine : undefined)
