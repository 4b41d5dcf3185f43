import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { writeFileAtomically } from '../common/atomic-file.ts'
import { keyOf, type Row, rowSchema } from './row.ts'

/** The rows of an earlier run; none where there is no file, or one of another form. */
export const readRows = async (path: string): Promise<Row[]> => {
  try {
    return z.array(rowSchema).parse(JSON.parse(await readFile(path, 'utf8')))
  } catch {
    return []
  }
}

/**
 * What was measured now takes the place of the same lines of an earlier run on the same machine; its other lines stay.
 * Lines of another machine go: figures of two machines say nothing side by side.
 */
export const mergeRows = (earlier: readonly Row[], now: readonly Row[], machine: string): Row[] => {
  const measured = new Map(now.map((row) => [keyOf(row), row]))
  const kept = earlier
    .filter((row) => row.machine === machine)
    .map((row) => {
      const newer = measured.get(keyOf(row))
      measured.delete(keyOf(row))
      return newer ?? row
    })
  return [...kept, ...measured.values()]
}

export const writeRows = (path: string, rows: readonly Row[]): Promise<void> =>
  writeFileAtomically(path, `${JSON.stringify(rows, undefined, 2)}\n`)
