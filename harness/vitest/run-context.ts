import type { Architecture } from '../common/architecture.ts'
import type { ProgressEvent } from '../common/progress.ts'
import type { AcceleratorPolicy } from '../machine/accelerator.ts'
import type { RunRecord } from '../record/record.ts'
import type { Verdict } from '../rules/verdict.ts'
import type { Target } from '../target/target.ts'
import type { TwinVerdict } from './twin-table.ts'

/** What the process that starts vitest tells its workers. */
export interface RunRequest {
  readonly target: Target
  readonly accelerator: AcceleratorPolicy
  /** Whether to boot even where a frozen guest of an earlier run is there. */
  readonly fresh: boolean
  /** Absolute path of the folder that `NAME/ARCHITECTURE/record.json` goes into. */
  readonly reports: string
  /** Of check ids, as `--case` takes them; empty for all. */
  readonly patterns: readonly string[]
  /** Absolute path of the folder with the cases; the checkout's own where it is absent. */
  readonly cases?: string
  /** Arguments of `drydock` that repeat the run, without --arch and --case. */
  readonly command: readonly string[]
}

/** The image that was broken on purpose, and the file that says how it boots. */
export interface TwinImage {
  readonly flaw: string
  readonly target: string
}

/** What a worker tells while a test runs. */
export interface ProgressArtifact {
  readonly type: 'drydock:progress'
  readonly event: ProgressEvent
}

declare module 'vitest' {
  interface ProvidedContext {
    architecture: Architecture
    run: RunRequest
    /** Milliseconds since 1970; a report older than this is of another run. */
    startedAt: number
    /** Target files of the reference image. */
    reference: { readonly release: string; readonly debug: string }
    twins: Readonly<Record<string, TwinImage>>
  }
  interface TaskMeta {
    verdict?: Verdict
    /** Milliseconds of the check itself, without its time in the queue. */
    durationMs?: number
    record?: RunRecord
    twins?: readonly TwinVerdict[]
  }
  interface TestArtifactRegistry {
    progress: ProgressArtifact
  }
}
