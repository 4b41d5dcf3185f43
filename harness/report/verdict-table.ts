import Table from 'cli-table3'
import stringWidth from 'string-width'
import { architectures } from '../common/architecture.ts'
import type { RecordedCheck, RunRecord } from '../record/record.ts'
import { type PromiseId, promises } from '../rules/promises.ts'
import { coloursFor } from './colours.ts'
import { safeLine } from './safe-text.ts'
import type { TextOptions } from './terminal-options.ts'

const gap = 2

/** Below this a claim is cut to something that says nothing. */
const shortestClaim = 24

const bare = {
  ...{ top: '', 'top-mid': '', 'top-left': '', 'top-right': '' },
  ...{ bottom: '', 'bottom-mid': '', 'bottom-left': '', 'bottom-right': '' },
  ...{ left: '', 'left-mid': '', mid: '', 'mid-mid': '', right: '', 'right-mid': '', middle: '' },
}

/** Cuts text to a number of columns. */
const cutTo = (text: string, columns: number): string => {
  if (stringWidth(text) <= columns) return text
  let kept = ''
  for (const character of text) {
    if (stringWidth(kept + character) > columns - 1) break
    kept += character
  }
  return `${kept.trimEnd()}…`
}

const byPromise = (a: PromiseId, b: PromiseId): number => Number(a.slice(1)) - Number(b.slice(1))

/** The verdicts of one target, its architectures side by side, grouped by promise; empty where nothing was judged. */
export const verdictTable = (records: readonly RunRecord[], { width, colours }: TextOptions): string => {
  const paint = coloursFor(colours)
  const columns = architectures.filter((architecture) =>
    records.some((record) => record.architecture === architecture),
  )
  const checks = new Map<string, RecordedCheck>()
  for (const check of records.flatMap((record) => record.checks))
    if (!checks.has(check.id)) checks.set(check.id, check)
  if (checks.size === 0) return ''

  const verdictOf = (id: string, column: string) =>
    records.find(({ architecture }) => architecture === column)?.checks.find((check) => check.id === id)
      ?.verdict
  const widthOf = (texts: readonly string[]): number =>
    Math.max(...texts.map((text) => stringWidth(text))) + gap
  const verdictWidths = columns.map((column) =>
    widthOf([column, ...[...checks.keys()].map((id) => verdictOf(id, column) ?? '-')]),
  )
  const verdictsWidth = verdictWidths.reduce((sum, columnWidth) => sum + columnWidth, 0)
  const idWidth = Math.min(widthOf(['check', ...checks.keys()]) + gap, width - verdictsWidth)
  const claimWidth = width - verdictsWidth - idWidth
  const hasClaims = claimWidth >= shortestClaim

  const table = new Table({
    chars: bare,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': gap, compact: true },
    colWidths: [idWidth, ...verdictWidths, ...(hasClaims ? [claimWidth] : [])],
  })
  table.push(['check', ...columns, ...(hasClaims ? ['claim'] : [])].map((title) => paint.faint(title)))
  const groups = [...new Set([...checks.values()].map(({ promise }) => promise))].sort(byPromise)
  for (const promise of groups) {
    const title = cutTo(`${promise} ${promises[promise]}`, width - gap)
    table.push([{ content: paint.strong(title), colSpan: columns.length + (hasClaims ? 2 : 1) }])
    for (const check of [...checks.values()].filter((candidate) => candidate.promise === promise)) {
      const verdicts = columns.map((column) => {
        const verdict = verdictOf(check.id, column)
        return verdict === undefined ? paint.faint('-') : paint.verdict(verdict)(verdict)
      })
      const claim = hasClaims ? [paint.faint(cutTo(safeLine(check.title), claimWidth - gap))] : []
      table.push([`  ${cutTo(check.id, idWidth - 2 * gap)}`, ...verdicts, ...claim])
    }
  }
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
}
