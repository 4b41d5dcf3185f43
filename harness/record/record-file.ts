import { readFile } from 'node:fs/promises'
import { writeFileAtomically } from '../common/atomic-file.ts'
import { DrydockError, messageOf } from '../common/errors.ts'
import { checkAgainst } from '../common/schema-problems.ts'
import { type RunRecord, recordSchema } from './record.ts'

/** A record as text, as files and `--json` hold it. */
export const recordText = (record: RunRecord): string => `${JSON.stringify(record, undefined, 2)}\n`

/** Writes a record so that readers never see half of one. Throws `DISK_FULL` or `CANNOT_WRITE`. */
export const writeRecord = (path: string, record: RunRecord): Promise<void> =>
  writeFileAtomically(path, recordText(record))

const wrong = (path: string, expected: string, found: string, cause?: unknown): DrydockError =>
  new DrydockError(`${path}: expected ${expected}, found ${found}`, {
    code: 'BAD_RECORD',
    blame: 'usage',
    ...(cause === undefined ? {} : { cause }),
  })

/** Checks the text of a record; `path` only names it in errors, which are of blame `usage`. */
export const parseRecord = (text: string, path: string): RunRecord => {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw wrong(path, 'a record as JSON', messageOf(error), error)
  }
  const checked = checkAgainst(value, recordSchema)
  if ('value' in checked) return checked.value
  const [first] = checked.problems
  const at = first?.path.map(String).join('.') ?? ''
  throw wrong(
    path,
    `${first?.expected ?? 'a record'}${at === '' ? '' : ` at ${at}`}`,
    first?.found ?? 'another value',
  )
}

/** Reads a record that some version of Drydock has written. Errors are of blame `usage`. */
export const readRecord = async (path: string): Promise<RunRecord> => {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw wrong(path, 'a record', messageOf(error), error)
  })
  return parseRecord(text, path)
}
