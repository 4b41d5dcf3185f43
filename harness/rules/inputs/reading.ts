import { type BuildInput, type InputProblem, shown } from './build-input.ts'
import type { ReferenceOptions } from './reference.ts'

export interface Stage {
  /** Lower case; undefined where it has none. */
  readonly name: string | undefined
  /** What ARG and ENV have set in it. */
  readonly variables: Map<string, string>
}

/** How far the file has been read. */
export interface Reading {
  readonly escapeMark: string
  readonly options: ReferenceOptions
  /** ARG before the first FROM. */
  readonly global: Map<string, string>
  readonly stages: Stage[]
  /** The names of all stages of the file: COPY and RUN may name a later one. */
  readonly allNames: ReadonlySet<string>
}

/** An input of which it is not yet said what it is. */
export type Place = Pick<BuildInput, 'line' | 'place' | 'reference'>

export const unresolvedProblem = (reference: string, unresolved: readonly string[]): InputProblem => ({
  expected: 'an image by digest, whatever the build is told',
  found: `${shown(reference)}, where ${[...new Set(unresolved)].map((name) => shown(`$${name}`)).join(' and ')} has no value in the file`,
})
