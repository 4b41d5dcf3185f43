import { cp, mkdir } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { DrydockError, messageOf } from '../common/errors.ts'
import { checkAgainst } from '../common/schema-problems.ts'
import { readSmallFile } from '../common/small-file.ts'
import { type Cell, matrixSchema } from '../record/cells/cell.ts'
import { type MergedCells, mergeCells } from '../record/cells/merge-cells.ts'
import { exitCodeOfRecords } from '../record/exit-code.ts'
import { findRecords } from '../record/find-records.ts'
import { writeRecord } from '../record/record-file.ts'
import { commandLine } from '../report/matrix/cell-script.ts'
import { safeLine } from '../report/safe-text.ts'
import { terminalReport, textOptionsFor } from '../report/terminal.ts'
import { openReportFolder } from '../vitest/report-folder.ts'
import { printOut } from './print-out.ts'
import { writeReports } from './write-report.ts'

export interface MergeFlags {
  readonly cells?: string
  readonly out: string
}

const mostMatrixBytes = 64 * 1024 * 1024

const cellsIn = async (path: string | undefined): Promise<readonly Cell[]> => {
  if (path === undefined) return []
  const wrong = (expected: string, found: string): DrydockError =>
    new DrydockError(`${path}: expected ${expected}, found ${found}`, {
      code: 'BAD_MATRIX',
      blame: 'usage',
      hint: '`drydock matrix --format json` prints one.',
    })
  const text = (await readSmallFile(path, 'a matrix as JSON', mostMatrixBytes)).toString('utf8')
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw wrong('a matrix as JSON', messageOf(error))
  }
  const checked = checkAgainst(value, matrixSchema)
  if ('value' in checked) return checked.value.cells
  const [first] = checked.problems
  throw wrong(
    `${first?.expected ?? 'a matrix'} at ${first?.path.map(String).join('.') ?? ''}`,
    first?.found ?? 'another value',
  )
}

/** Puts each record, with its consoles, where one machine would have put it; other reports there stay. */
const publish = async ({ records }: MergedCells, out: string): Promise<void> => {
  for (const { path, record, place } of records) {
    const folder = await openReportFolder(join(out, place))
    const isOwn = path.endsWith('/record.json')
    if (isOwn) await cp(dirname(resolve(path)), folder.path, { recursive: true, verbatimSymlinks: true })
    else await writeRecord(join(folder.path, 'record.json'), record)
    await folder.publish()
  }
}

/** `drydock merge`; gives the exit code. */
export const merge = async (folders: readonly string[], { cells, out }: MergeFlags): Promise<number> => {
  const expected = await cellsIn(cells)
  const found = await Promise.all(
    folders.map((folder) =>
      findRecords(folder).catch((error: unknown) => {
        // Cells that left nothing are missed one by one below.
        if (expected.length > 0 && error instanceof DrydockError && error.code === 'NO_RECORD') return []
        throw error
      }),
    ),
  )
  const merged = mergeCells(found.flat(), expected)
  await mkdir(out, { recursive: true })
  await publish(merged, out)
  const records = merged.records.map(({ record }) => record)
  // Where a target ran with several kernels, each has a folder, and a report, of its own.
  const named = merged.records.map(({ record, place }) => ({ ...record, target: dirname(place) }))
  printOut(`\n${terminalReport(named, textOptionsFor(process.stdout, process.env))}`)
  for (const path of await writeReports(named, resolve(out))) printOut(`\nReport: ${path}\n`)
  for (const { id, command } of merged.missing)
    printOut(`missing: ${id}: no record of it was found; run: ${safeLine(commandLine(command), 1000)}\n`)
  return merged.missing.length > 0 ? 3 : exitCodeOfRecords(records)
}
