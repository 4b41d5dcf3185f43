import type { Image } from '../../harness/image/image.ts'
import { judge } from '../../harness/rules/judge.ts'
import type { Judgement } from '../../harness/rules/verdict.ts'

/** What could not be looked into keeps a check from passing. */
export const unreadParts = ({ unread }: Image): Judgement[] =>
  unread.map(({ name, reason }) => judge.inconclusive(`${name} could not be read: ${reason}`))
