import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { DrydockError } from '../common/errors.ts'
import type { RunRecord } from '../record/record.ts'
import { readRecord } from '../record/record-file.ts'
import { type ConsoleRecording, parseRecording } from './recording.ts'

/** A run as reports show it: its record, and what lies beside it. */
export interface Run {
  readonly record: RunRecord
  /** Of the boot that the guests come from; undefined where there is none. */
  readonly recording: ConsoleRecording | undefined
}

const mostRecordingBytes = 64 * 1024 * 1024

const recordingIn = async (folder: string): Promise<ConsoleRecording | undefined> => {
  const path = join(folder, 'console.cast')
  const found = await stat(path).catch(() => undefined)
  if (found === undefined || !found.isFile() || found.size > mostRecordingBytes) return undefined
  return parseRecording(await readFile(path, 'utf8'))
}

const isThere = async (path: string): Promise<boolean> =>
  (await stat(path).catch(() => undefined)) !== undefined

/** The folder itself where it has a record, else those of its folders that have one. */
const foldersOf = async (folder: string): Promise<readonly string[]> => {
  if (await isThere(join(folder, 'record.json'))) return [folder]
  const names = await readdir(folder).catch(() => [])
  const inside = names.toSorted().map((name) => join(folder, name))
  const found: string[] = []
  for (const one of inside) if (await isThere(join(one, 'record.json'))) found.push(one)
  return found
}

/**
 * Reads runs at rest.
 * @param folders `reports/NAME/ARCHITECTURE`, or `reports/NAME` for all architectures
 * @throws `NO_RECORD`, `BAD_RECORD` (usage)
 */
export const readRuns = async (folders: readonly string[]): Promise<readonly Run[]> => {
  const runs: Run[] = []
  for (const folder of folders) {
    const found = await foldersOf(folder)
    if (found.length === 0) {
      throw new DrydockError(`${folder}: expected a folder with record.json, found none there or one below`, {
        code: 'NO_RECORD',
        blame: 'usage',
        hint: '`drydock check` writes records to reports/NAME/ARCHITECTURE.',
      })
    }
    for (const one of found)
      runs.push({ record: await readRecord(join(one, 'record.json')), recording: await recordingIn(one) })
  }
  return runs
}
