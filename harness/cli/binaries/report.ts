import { resolveFor, type Script } from '../../facts/elf-inventory.ts'
import type { Interpreter } from '../../facts/script.ts'
import type { Collected } from './collected.ts'
import type { Judged } from './judge.ts'

/** All that was found, in the order in which it is shown. */
export interface Report {
  /** What breaks the most first. */
  readonly judged: readonly Judged[]
  readonly scripts: readonly ScriptLine[]
  /** Files and file systems that could not be read, and why. */
  readonly unreadable: readonly { readonly path: string; readonly reason: string }[]
  /** How many files break each check, waivers apart; the most frequent first. */
  readonly brokenChecks: ReadonlyMap<string, number>
}

export interface ScriptLine {
  readonly path: string
  readonly interpreter: Interpreter
  /** The interpreter is not in the file system that the script sees. */
  readonly isMissing: boolean
}

const weight = ({ broken }: Judged): number =>
  broken.reduce((sum, { waived }) => sum + (waived === undefined ? 1000 : 1), 0)

const isMissing = (script: Script): boolean =>
  script.root !== undefined && resolveFor(script, script.interpreter.path)?.type !== 'file'

export const makeReport = (collected: readonly Collected[], judged: readonly Judged[]): Report => {
  const counts = new Map<string, number>()
  for (const { check, waived } of judged.flatMap(({ broken }) => broken)) {
    if (waived === undefined) counts.set(check, (counts.get(check) ?? 0) + 1)
  }
  return {
    judged: judged.toSorted((a, b) => weight(b) - weight(a)),
    scripts: collected.flatMap(({ pathOf, inventory }) =>
      inventory.scripts.map((script) => ({
        path: pathOf(script.subject),
        interpreter: script.interpreter,
        isMissing: isMissing(script),
      })),
    ),
    unreadable: collected.flatMap(({ pathOf, inventory, unread }) => [
      ...inventory.damaged.map(({ subject, reason }) => ({ path: pathOf(subject), reason })),
      ...unread.map(({ name, reason }) => ({ path: name, reason })),
    ]),
    brokenChecks: new Map([...counts].sort(([, a], [, b]) => b - a)),
  }
}

/** Whether everything keeps the policy, and could be judged. */
export const isGood = ({ unreadable, brokenChecks }: Report): boolean =>
  unreadable.length === 0 && brokenChecks.size === 0

/** The report for programs. */
export const asJson = ({ judged, scripts, unreadable, brokenChecks }: Report): string =>
  JSON.stringify(
    {
      files: judged.map(({ path, program, privileges, broken }) => ({
        path,
        mode: program.entry.mode.toString(8).padStart(4, '0'),
        uid: program.entry.uid,
        gid: program.entry.gid,
        ...program.elf,
        privileges,
        broken,
      })),
      scripts,
      unreadable,
      brokenChecks: Object.fromEntries(brokenChecks),
    },
    undefined,
    2,
  )
