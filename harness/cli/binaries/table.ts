import pc from 'picocolors'
import { neutraliseLine } from '../../common/text.ts'
import type { Guard } from '../../image/elf.ts'
import type { Judged } from './judge.ts'
import type { Report } from './report.ts'

const heading = [
  'verdict',
  'type',
  'RELRO',
  'NX',
  'canary',
  'fortify',
  'CFI',
  'language',
  'libc',
  'path',
  'notes',
]

const guard = ({ found }: Guard): string => (found === 'not-applicable' ? '-' : found)

const controlFlow = ({ program: { elf } }: Judged): string =>
  (['ibt', 'shstk', 'bti', 'pac'] as const)
    .filter((mark) => elf[mark])
    .join('+')
    .toUpperCase() || '-'

const notes = ({ program, privileges, broken }: Judged): string =>
  [
    ...broken.map(({ check, found, waived }) =>
      waived === undefined ? `${check}: ${found}` : `${check} waived: ${waived}`,
    ),
    ...privileges,
    ...(program.elf.go === undefined ? [] : [program.elf.go.version]),
  ].join('; ')

const state = (judged: Judged): 'fail' | 'waived' | 'pass' => {
  if (judged.broken.some(({ waived }) => waived === undefined)) return 'fail'
  return judged.broken.length > 0 ? 'waived' : 'pass'
}

const row = (judged: Judged): string[] => {
  const { elf } = judged.program
  return [
    state(judged),
    elf.type,
    elf.relro,
    elf.nxStack ? 'yes' : 'no',
    guard(elf.canary),
    guard(elf.fortify),
    controlFlow(judged),
    elf.language ?? '-',
    elf.libc ?? '-',
    judged.path,
    notes(judged),
  ]
}

/** Columns as wide as their widest cell; the last two as they are. */
const align = (rows: readonly (readonly string[])[]): string[] => {
  const widths = heading.map((_, column) => Math.max(...rows.map((cells) => cells[column]?.length ?? 0)))
  return rows.map((cells) => {
    const line = cells
      .map((cell, column) => (column < heading.length - 1 ? cell.padEnd(widths[column] ?? 0) : cell))
      .join('  ')
    return neutraliseLine(line, 2000)
  })
}

const tint = (line: string): string => {
  if (line.startsWith('fail')) return pc.red(line)
  return line.startsWith('waived') ? pc.yellow(line) : line
}

const plural = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`

const summary = ({ judged, scripts, unreadable, brokenChecks }: Report): string => {
  const failing = judged.filter((file) => state(file) === 'fail').length
  const counts = [...brokenChecks].map(([check, count]) => `${check} ${count}`).join(', ')
  return [
    `${plural(judged.length, 'ELF file')}: ${failing} broke the policy${counts === '' ? '' : ` (${counts})`}`,
    plural(scripts.length, 'script'),
    ...(unreadable.length === 0 ? [] : [`${unreadable.length} could not be judged`]),
  ].join('; ')
}

/** The report for a person: what fails first. */
export const asTable = (report: Report): string => {
  const { judged, scripts, unreadable } = report
  const table = judged.length === 0 ? [] : align([heading, ...judged.map(row)]).map(tint)
  const scriptLines = scripts.map(({ path, interpreter, isMissing }) => {
    const words =
      interpreter.argument === undefined ? interpreter.path : `${interpreter.path} ${interpreter.argument}`
    return neutraliseLine(`script  ${path}  ${words}${isMissing ? ' (which is not there)' : ''}`, 2000)
  })
  const bad = unreadable.map(({ path, reason }) =>
    pc.red(neutraliseLine(`inconclusive  ${path}  ${reason}`, 2000)),
  )
  return [...table, ...scriptLines, ...bad, summary(report)].join('\n')
}
