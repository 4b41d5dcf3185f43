import type { Architecture } from './architecture.ts'

/** What a long step is doing right now, for whoever shows it. */
export interface ProgressEvent {
  readonly architecture?: Architecture
  /** A phase of a guest's life, or a step such as `build reference image`. */
  readonly step: string
  /** What it waits for, or what it is working on. */
  readonly detail: string
}

export type ProgressListener = (event: ProgressEvent) => void

export const silent: ProgressListener = () => {}
