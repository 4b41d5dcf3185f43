import { join } from 'node:path'
import { architectures } from '../common/architecture.ts'
import { DrydockError } from '../common/errors.ts'
import { readKernel } from '../image/kernel-file.ts'
import { type Cell, type Matrix, matrixSchemaId } from '../record/cells/cell.ts'
import { type MatrixFormat, type MatrixOptions, matrixFormats } from '../report/matrix/formats.ts'
import { loadTarget, type Target } from '../target/target.ts'
import { printOut } from './print-out.ts'

export interface MatrixFlags extends MatrixOptions {
  readonly format: MatrixFormat
  readonly out: string
}

/** Longest name in a Kubernetes label, less what makes it unique. */
const longestName = 50

const plain = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, longestName)
    .replace(/-+$/, '')

const cellsOf = async (target: Target, file: string, out: string): Promise<readonly Cell[]> => {
  const cells: Cell[] = []
  for (const architecture of architectures) {
    const guest = target.guests[architecture]
    if (guest === undefined) continue
    const id = plain(`${target.name}-${architecture}`)
    cells.push({
      id,
      target: target.name,
      file,
      architecture,
      kernel: guest.kernel === undefined ? null : ((await readKernel(guest.kernel)).release ?? null),
      command: ['npx', 'drydock', 'check', file, '--arch', architecture, '--out', join(out, id)],
    })
  }
  return cells
}

/** Targets of one name are told apart by a number behind their ids. */
const withUniqueIds = (cells: readonly Cell[]): readonly Cell[] => {
  const used = new Map<string, number>()
  return cells.map((cell) => {
    const count = (used.get(cell.id) ?? 0) + 1
    used.set(cell.id, count)
    if (count === 1) return cell
    const id = `${cell.id}.${count}`
    return { ...cell, id, command: [...cell.command.slice(0, -1), join(cell.command.at(-1) ?? '', '..', id)] }
  })
}

/** Every cell of some target files, in their order. */
export const matrixOf = async (files: readonly string[], out: string): Promise<Matrix> => {
  const cells: Cell[] = []
  for (const file of files) cells.push(...(await cellsOf(await loadTarget(file), file, out)))
  if (cells.length === 0) {
    throw new DrydockError('expected target files with an architecture, found none', {
      code: 'NO_CELLS',
      blame: 'usage',
    })
  }
  return { schema: matrixSchemaId, cells: [...withUniqueIds(cells)] }
}

/** `drydock matrix`; gives the exit code. */
export const matrix = async (files: readonly string[], flags: MatrixFlags): Promise<number> => {
  printOut(matrixFormats[flags.format](await matrixOf(files, flags.out), flags))
  return 0
}
