import { neutraliseLine } from '../../common/text.ts'
import {
  type DeathSeverity,
  deathPatterns,
  type IncidentKind,
  panicEnd,
  reportEnd,
} from './death-patterns.ts'
import { segments } from './kernel-prefix.ts'

/** Something wrong that the kernel said on the console. */
export interface Incident {
  readonly kind: IncidentKind
  readonly severity: DeathSeverity
  /** The line that gave it away, neutralised, without time stamp. */
  readonly summary: string
  /** The lines from that one on, neutralised. */
  readonly excerpt: readonly string[]
  /** Milliseconds since the guest's start, of its first line. */
  readonly at: number
}

interface OpenIncident {
  kind: IncidentKind
  severity: DeathSeverity
  summary: string
  readonly excerpt: string[]
  readonly at: number
  lastLineAt: number
  fatalAt: number | undefined
  linesSinceTrigger: number
  /** How many lines of the excerpt belong to it: up to its end marker, or all. */
  length: number | undefined
}

const maxExcerptLines = 120
const maxIncidents = 200
const quietMs = 700
const fatalSettleMs = 2000
/** Once the kernel has stamped this many lines, a line without a stamp is not the kernel's. */
const stampedLinesToTrust = 32
const rank: Record<DeathSeverity, number> = { warning: 0, serious: 1, fatal: 2 }

/**
 * Finds kernel incidents in console lines, one line at a time. An incident that leads to a worse one (an oops, then the
 * panic) is one incident with the worse kind, whose excerpt starts at the first trigger.
 * A program that prints a stamped kernel message cannot be told from the kernel.
 */
export class Watcher {
  private readonly closed: Incident[] = []
  private open: OpenIncident | undefined
  private stampedLines = 0

  /** Everything found so far, oldest first; the first 200 are kept. */
  get incidents(): readonly Incident[] {
    return this.open === undefined ? this.closed : [...this.closed, asIncident(this.open)]
  }

  /** Whether lines may still belong to an incident, so that `tick` has to be called. */
  get pending(): boolean {
    return this.open !== undefined
  }

  /** Takes the next line. Returns a fatal incident once its report is complete. */
  line(text: string, at: number): Incident | undefined {
    const pieces = segments(text)
    this.stampedLines += pieces.some((piece) => piece.stamped) ? 1 : 0
    const messages = pieces.filter((piece) => piece.stamped || this.stampedLines < stampedLinesToTrust)
    const before = this.tick(at)
    let found = this.open
    for (const { text: message } of messages) {
      const row = deathPatterns.find(({ pattern }) => pattern.test(message))
      if (row !== undefined) {
        found = this.trigger(row, message, at)
      }
    }
    if (found === undefined) {
      return before
    }
    this.extend(
      found,
      text,
      messages.map((piece) => piece.text),
      at,
    )
    return (
      before ??
      this.settle(
        found,
        at,
        messages.some((piece) => panicEnd.test(piece.text)),
      )
    )
  }

  /** Time has passed without a line. Returns a fatal incident once nothing more is expected of it. */
  tick(at: number): Incident | undefined {
    return this.open === undefined ? undefined : this.settle(this.open, at, false)
  }

  private trigger(
    row: { kind: IncidentKind; severity: DeathSeverity },
    message: string,
    at: number,
  ): OpenIncident {
    const open = this.open
    if (open === undefined) {
      this.open = {
        kind: row.kind,
        severity: row.severity,
        summary: neutraliseLine(message),
        excerpt: [],
        at,
        lastLineAt: at,
        fatalAt: row.severity === 'fatal' ? at : undefined,
        linesSinceTrigger: 0,
        length: undefined,
      }
      return this.open
    }
    open.linesSinceTrigger = 0
    open.length = undefined
    if (rank[row.severity] > rank[open.severity]) {
      open.kind = row.kind
      open.severity = row.severity
      open.summary = neutraliseLine(message)
      open.fatalAt = row.severity === 'fatal' ? at : undefined
    }
    return open
  }

  private extend(open: OpenIncident, text: string, messages: readonly string[], at: number): void {
    open.lastLineAt = at
    open.linesSinceTrigger += 1
    if (open.excerpt.length < maxExcerptLines) {
      open.excerpt.push(neutraliseLine(text))
    }
    if (open.length === undefined && messages.some((message) => reportEnd.test(message))) {
      open.length = open.excerpt.length
    }
  }

  private settle(open: OpenIncident, at: number, ended: boolean): Incident | undefined {
    const quiet = at - open.lastLineAt >= quietMs
    const over =
      open.fatalAt === undefined
        ? quiet || open.linesSinceTrigger >= maxExcerptLines
        : ended || quiet || at - open.fatalAt >= fatalSettleMs
    if (!over) {
      return undefined
    }
    const incident = asIncident(open)
    this.open = undefined
    if (this.closed.length < maxIncidents) {
      this.closed.push(incident)
    }
    return incident.severity === 'fatal' ? incident : undefined
  }
}

const asIncident = (open: OpenIncident): Incident => ({
  kind: open.kind,
  severity: open.severity,
  summary: open.summary,
  excerpt: open.excerpt.slice(0, open.severity === 'fatal' ? undefined : open.length),
  at: open.at,
})
