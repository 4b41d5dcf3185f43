import { access } from 'node:fs/promises'
import { didYouMean } from '../common/closest.ts'
import { DrydockError } from '../common/errors.ts'
import { findRecords } from '../record/find-records.ts'
import { type History, openHistory } from '../record/history/history.ts'
import { historyText } from '../report/history/history-text.ts'
import { textOptionsFor } from '../report/terminal.ts'
import { printOut } from './print-out.ts'

export interface HistoryFlags {
  readonly check?: string
  readonly since?: string
  readonly add?: readonly string[]
  readonly file: string
  readonly json?: boolean
}

const dayMs = 86_400_000

const wrong = (message: string, hint?: string): DrydockError =>
  new DrydockError(message, { code: 'BAD_HISTORY_QUESTION', blame: 'usage', hint })

/** A day, or a number of days back from now, as ISO 8601. */
export const sinceOf = (text: string, now: Date): string => {
  const [, days] = /^(\d{1,5})d$/.exec(text) ?? []
  if (days !== undefined) return new Date(now.getTime() - Number(days) * dayMs).toISOString()
  if (/^\d{4}-\d\d-\d\d(T[\d:.]+Z)?$/.test(text) && !Number.isNaN(Date.parse(text))) return text
  throw wrong(`--since: expected a day such as 2026-11-24, or days back such as 7d, found "${text}"`)
}

const demandCheck = (history: History, check: string | undefined): void => {
  if (check === undefined) return
  const ids = history.checkIds()
  if (ids.includes(check)) return
  throw wrong(`--check: expected a check that was judged once, found "${check}"${didYouMean(check, ids)}`)
}

/** `drydock history`; gives the exit code. */
export const history = async ({ check, since, add, file, json }: HistoryFlags): Promise<number> => {
  const from = since === undefined ? undefined : sinceOf(since, new Date())
  const found = await Promise.all((add ?? []).map(findRecords))
  if (add === undefined) {
    await access(file).catch((cause: unknown) => {
      throw new DrydockError(`${file}: expected a history, found nothing at that path`, {
        code: 'NO_HISTORY',
        blame: 'usage',
        hint: '`drydock check` makes one beside its reports; --add takes records that were kept.',
        cause,
      })
    })
  }
  using kept = await openHistory(file)
  const added = kept.add(found.flat().map(({ record }) => record))
  if (add !== undefined) process.stderr.write(`drydock: ${added} new records in ${file}\n`)
  demandCheck(kept, check)
  const runs = kept.runs({ check, since: from })
  if (json === true) {
    const plain = runs.map((run) => ({ ...run, verdicts: Object.fromEntries(run.verdicts) }))
    printOut(`${JSON.stringify(plain, undefined, 2)}\n`)
  } else printOut(historyText(runs, check, textOptionsFor(process.stdout, process.env)))
  return 0
}
