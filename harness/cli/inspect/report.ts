import type { Part } from '../../image/part.ts'
import { summarise, type TreeSummary } from './summary.ts'

/** A part as it is shown: without the files themselves, with what they amount to. */
export interface PartReport extends Omit<Part, 'tree' | 'parts' | 'content'> {
  readonly tree?: TreeSummary
  readonly parts: readonly PartReport[]
}

export const reportOf = async (part: Part): Promise<PartReport> => {
  const { tree, parts, content: _, ...rest } = part
  const inner: PartReport[] = []
  for (const one of parts) inner.push(await reportOf(one))
  return { ...rest, ...(tree === undefined ? {} : { tree: await summarise(tree) }), parts: inner }
}
