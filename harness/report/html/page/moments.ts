import type { Architecture } from '../../../common/architecture.ts'
import { type ConsoleRecording, linesOf } from '../../recording.ts'
import { html, type SafeHtml } from '../safe-html.ts'

/** Times of a console's lines, by their text: where a line came several times, its first. */
export type Moments = ReadonlyMap<string, number>

// The kernel's time, which its log in memory and the console's line share or not.
const kernelTime = /^(?:<\d+>)?\[\s*\d+\.\d+\]\s*/

/** Shorter lines say too little to be told from one another. */
const shortestLine = 12

const plain = (line: string): string => line.replace(kernelTime, '').trim()

export const momentsOf = (recording: ConsoleRecording | undefined): Moments => {
  const moments = new Map<string, number>()
  for (const { at, text } of recording === undefined ? [] : linesOf(recording)) {
    const line = plain(text)
    if (line.length >= shortestLine && !moments.has(line)) moments.set(line, at)
  }
  return moments
}

/** When the console said what a piece of evidence says; undefined where it did not. */
export const momentOf = (moments: Moments, found: string): number | undefined => {
  for (const line of found.split('\n')) {
    const at = moments.get(plain(line))
    if (at !== undefined) return at
  }
  return undefined
}

/** A link that has the console of an architecture show a moment. */
export const momentLink = (architecture: Architecture, at: number): SafeHtml =>
  html`<a class="moment" href="#console-${architecture}@${at.toFixed(3)}">console at ${at.toFixed(1)} s</a>`
