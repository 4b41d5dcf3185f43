import type { Cell } from '../../record/cells/cell.ts'
import { shellWord } from '../words.ts'

/** A command as a POSIX shell takes it. */
export const commandLine = (words: readonly string[]): string => words.map(shellWord).join(' ')

/** Lines of a POSIX shell that run the cell whose index a variable holds, and end with its exit code. */
export const cellScript = (cells: readonly Cell[], variable: string): readonly string[] => [
  `case "$${variable}" in`,
  ...cells.map(
    ({ id, command }, index) => `  ${index}) cell=${shellWord(id)}; set -- ${commandLine(command)} ;;`,
  ),
  `  *) echo "expected the index of a cell, 0 to ${cells.length - 1}, found $${variable}" >&2; exit 2 ;;`,
  'esac',
]
