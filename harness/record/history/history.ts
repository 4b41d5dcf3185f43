import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { z } from 'zod'
import { type Architecture, architectures } from '../../common/architecture.ts'
import { sha256 } from '../../common/digest.ts'
import { DrydockError, messageOf } from '../../common/errors.ts'
import { type Verdict, verdicts } from '../../rules/verdict.ts'
import type { RunRecord } from '../record.ts'
import { recordText } from '../record-file.ts'
import { applicationId, historyTables, historyVersion } from './history-schema.ts'

/** Milliseconds that a writer waits for another one. */
const patience = 30_000

/** A run as the history keeps it. */
export interface PastRun {
  /** SHA-256 of the record. */
  readonly id: string
  readonly target: string
  readonly architecture: Architecture
  readonly kernel: string | null
  readonly accelerator: string | null
  /** ISO 8601, in UTC. */
  readonly startedAt: string
  readonly durationMs: number
  /** By the id of the check; those that were asked for. */
  readonly verdicts: ReadonlyMap<string, Verdict>
  /** Milliseconds of each boot up to the login. */
  readonly boots: readonly number[]
}

export interface Question {
  /** Only these checks. @default all */
  readonly check?: string | undefined
  /** ISO 8601: only runs from then on. */
  readonly since?: string | undefined
}

/** All records ever kept, in one SQLite file that several processes may write to at a time. */
export interface History extends Disposable {
  /** Keeps records; gives how many of them were new. */
  add(records: readonly RunRecord[]): number
  /** The runs that fit, the oldest first. */
  runs(question?: Question): readonly PastRun[]
  /** Every check that was ever judged, in order. */
  checkIds(): readonly string[]
}

const runRow = z.object({
  id: z.string(),
  target: z.string(),
  architecture: z.enum(architectures),
  kernel: z.string().nullable(),
  accelerator: z.string().nullable(),
  started_at: z.string(),
  duration_ms: z.number(),
})
const verdictRow = z.object({ run: z.string(), check_id: z.string(), verdict: z.enum(verdicts) })
const bootRow = z.object({ run: z.string(), ms: z.number() })
const idRow = z.object({ check_id: z.string() })

const failed = (path: string, cause: unknown): DrydockError => {
  const message = messageOf(cause)
  const isBusy = /database is locked|busy/i.test(message)
  const isDamaged =
    cause instanceof z.ZodError || /malformed|not a database|corrupt|no such|disk image/i.test(message)
  if (isDamaged) {
    return new DrydockError(
      `${path}: expected a history of Drydock, found a damaged file, or another one: ${message}`,
      {
        code: 'HISTORY_DAMAGED',
        blame: 'usage',
        hint: 'Move it away; `drydock history --add reports` makes a new one of the records that are there.',
        cause,
      },
    )
  }
  return new DrydockError(`${path}: expected to use the history, found: ${message}`, {
    code: isBusy ? 'HISTORY_BUSY' : 'HISTORY_FAILED',
    blame: 'testbed',
    ...(isBusy ? { hint: `Another process has held it for ${patience / 1000} s.` } : {}),
    cause,
  })
}

/** Opens SQLite's module, which Node.js has without a flag since 22.13. */
const sqlite = async (): Promise<typeof import('node:sqlite')> => {
  try {
    return await import('node:sqlite')
  } catch (cause) {
    throw new DrydockError(`expected Node.js 22.13 or newer, which has SQLite, found ${process.version}`, {
      code: 'NO_SQLITE',
      blame: 'testbed',
      hint: 'Run drydock by `npx drydock` in its checkout, which brings a newer Node.js.',
      cause,
    })
  }
}

const pragma = (database: DatabaseSync, name: string): unknown =>
  Object.values(database.prepare(`PRAGMA ${name}`).get() ?? {})[0]

const prepare = (database: DatabaseSync, path: string): void => {
  const isNew = pragma(database, 'application_id') === 0 && pragma(database, 'schema_version') === 0
  const found = pragma(database, 'application_id')
  if (!isNew && found !== applicationId)
    throw failed(path, new Error('file is not a database of Drydock: malformed'))
  const version = pragma(database, 'user_version')
  if (!isNew && version !== historyVersion) {
    throw new DrydockError(
      `${path}: expected a history of version ${historyVersion}, found version ${String(version)}`,
      { code: 'HISTORY_VERSION', blame: 'usage', hint: 'Update Drydock, or move the file away.' },
    )
  }
  if (!isNew) return
  // Two processes may find it new: the second one waits here, and then makes nothing.
  database.exec('BEGIN IMMEDIATE')
  database.exec(
    `${historyTables}; PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${historyVersion}`,
  )
  database.exec('COMMIT')
}

const insert = (database: DatabaseSync, record: RunRecord): boolean => {
  const id = sha256(recordText(record))
  const { changes } = database
    .prepare('INSERT OR IGNORE INTO runs VALUES (?, ?, ?, ?, ?, ?, ?, ?)')
    .run(
      ...[id, record.target, record.architecture, record.kernel, record.accelerator?.used ?? null],
      ...[record.drydock, record.startedAt, Math.round(record.durationMs)],
    )
  if (changes === 0) return false
  const verdict = database.prepare('INSERT OR REPLACE INTO verdicts VALUES (?, ?, ?)')
  for (const check of record.checks) verdict.run(id, check.id, check.verdict)
  const boot = database.prepare('INSERT INTO boots VALUES (?, ?, ?, ?)')
  for (const [index, phases] of record.boots.entries())
    for (const [phase, ms] of Object.entries(phases)) boot.run(id, index, phase, Math.round(ms))
  return true
}

const where = ({ since = '' }: Question): readonly [string, string] => ['started_at >= ?', since]

const select = (database: DatabaseSync, question: Question): readonly PastRun[] => {
  const [condition, since] = where(question)
  const runs = z
    .array(runRow)
    .parse(database.prepare(`SELECT * FROM runs WHERE ${condition} ORDER BY started_at, id`).all(since))
  const inRuns = `run IN (SELECT id FROM runs WHERE ${condition})`
  const { check } = question
  const judged = Map.groupBy(
    z
      .array(verdictRow)
      .parse(
        database
          .prepare(`SELECT * FROM verdicts WHERE ${inRuns}${check === undefined ? '' : ' AND check_id = ?'}`)
          .all(since, ...(check === undefined ? [] : [check])),
      ),
    ({ run }) => run,
  )
  // What goes before power-on is the host's time, not the image's.
  const boots = Map.groupBy(
    z
      .array(bootRow)
      .parse(
        database
          .prepare(
            `SELECT run, SUM(ms) AS ms FROM boots WHERE ${inRuns} AND phase <> 'prepare' GROUP BY run, boot ORDER BY boot`,
          )
          .all(since),
      ),
    ({ run }) => run,
  )
  return runs.map(({ started_at: startedAt, duration_ms: durationMs, ...run }) => ({
    ...run,
    startedAt,
    durationMs,
    verdicts: new Map((judged.get(run.id) ?? []).map(({ check_id: id, verdict }) => [id, verdict])),
    boots: (boots.get(run.id) ?? []).map(({ ms }) => ms),
  }))
}

/**
 * Opens the history, and makes it where it is not there.
 * @throws `HISTORY_DAMAGED`, `HISTORY_VERSION` (usage), `HISTORY_BUSY`, `HISTORY_FAILED`, `NO_SQLITE` (testbed)
 */
export const openHistory = async (path: string): Promise<History> => {
  const { DatabaseSync } = await sqlite()
  const guarded = <Result>(work: () => Result): Result => {
    try {
      return work()
    } catch (error) {
      throw error instanceof DrydockError ? error : failed(path, error)
    }
  }
  await mkdir(dirname(path), { recursive: true })
  const database = guarded(() => new DatabaseSync(path, { timeout: patience }))
  try {
    guarded(() => prepare(database, path))
  } catch (error) {
    database.close()
    throw error
  }
  return {
    add: (records) =>
      guarded(() => {
        database.exec('BEGIN IMMEDIATE')
        try {
          const added = records.filter((record) => insert(database, record)).length
          database.exec('COMMIT')
          return added
        } catch (error) {
          database.exec('ROLLBACK')
          throw error
        }
      }),
    runs: (question = {}) => guarded(() => select(database, question)),
    checkIds: () =>
      guarded(() =>
        z
          .array(idRow)
          .parse(database.prepare('SELECT DISTINCT check_id FROM verdicts ORDER BY check_id').all())
          .map(({ check_id: id }) => id),
      ),
    [Symbol.dispose]: () => database.close(),
  }
}
