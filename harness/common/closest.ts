import { closest, distance } from 'fastest-levenshtein'

/** The candidate that `word` was probably meant to be, or undefined where none is near enough. */
export const closestTo = (word: string, candidates: readonly string[]): string | undefined => {
  if (candidates.length === 0 || word.length > 100) return undefined
  const best = closest(word.toLowerCase(), candidates)
  return distance(word.toLowerCase(), best.toLowerCase()) <= Math.max(1, Math.floor(word.length / 3))
    ? best
    : undefined
}

/** ` (did you mean "kernel"?)`, or nothing. */
export const didYouMean = (word: string, candidates: readonly string[]): string => {
  const best = closestTo(word, candidates)
  return best === undefined ? '' : ` (did you mean "${best}"?)`
}
