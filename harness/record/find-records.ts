import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { DrydockError } from '../common/errors.ts'
import { readSmallFile } from '../common/small-file.ts'
import type { RunRecord } from './record.ts'
import { parseRecord } from './record-file.ts'

/** Bytes of a file of records at most: a whole run on both architectures is a megabyte. */
const mostBytes = 256 * 1024 * 1024

/** Folders looked into: reports/NAME/ARCHITECTURE has two levels, a folder of such folders one more. */
const mostLevels = 4

/** Records of one folder at most. */
const mostRecords = 10_000

/** A record, and the file that it is from. */
export interface FoundRecord {
  readonly path: string
  readonly record: RunRecord
}

const fromFile = async (path: string): Promise<readonly FoundRecord[]> => {
  const text = (await readSmallFile(path, 'a record', mostBytes)).toString('utf8')
  // `drydock check --json` prints an array for several architectures.
  if (!text.trimStart().startsWith('[')) return [{ path, record: parseRecord(text, path) }]
  let all: unknown
  try {
    all = JSON.parse(text)
  } catch {
    return [{ path, record: parseRecord(text, path) }]
  }
  return (Array.isArray(all) ? all : []).map((one, index) => ({
    path,
    record: parseRecord(JSON.stringify(one), `${path}[${index}]`),
  }))
}

const filesBelow = async (folder: string, level = 0): Promise<readonly string[]> => {
  const entries = await readdir(folder, { withFileTypes: true })
  const own = entries.filter((entry) => entry.isFile() && entry.name === 'record.json')
  // Where a record is, there are only its own guests below; a name with a dot is a run that has not ended.
  if (own.length > 0) return [join(folder, 'record.json')]
  if (level >= mostLevels) return []
  const inner = entries
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map(({ name }) => name)
    .sort()
  const found: string[] = []
  for (const name of inner) {
    found.push(...(await filesBelow(join(folder, name), level + 1)))
    if (found.length > mostRecords) throw tooMany(folder)
  }
  return found
}

const tooMany = (folder: string): DrydockError =>
  new DrydockError(`${folder}: expected at most ${mostRecords} records, found more`, {
    code: 'TOO_MANY_RECORDS',
    blame: 'usage',
  })

/**
 * Every record of a file, or of a folder of reports, in order of path.
 * @throws usage: `NO_RECORD` where there is none, `BAD_RECORD` where one is damaged
 */
export const findRecords = async (path: string): Promise<readonly FoundRecord[]> => {
  const isFolder = await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  )
  if (!isFolder) return await fromFile(path)
  const found: FoundRecord[] = []
  for (const file of await filesBelow(path)) found.push(...(await fromFile(file)))
  if (found.length === 0) {
    throw new DrydockError(`${path}: expected a record.json in it or below, found none`, {
      code: 'NO_RECORD',
      blame: 'usage',
      hint: '`drydock check` writes them to reports/NAME/ARCHITECTURE.',
    })
  }
  return found
}
