import { DrydockError } from '../../common/errors.ts'
import { neutraliseLine } from '../../common/text.ts'

/** What is wrong with an input, in words. */
export interface InputProblem {
  /** Follows "expected". */
  readonly expected: string
  /** Follows "found". */
  readonly found: string
}

/** Something that a build takes from outside its own sources. */
export interface BuildInput {
  readonly kind: 'image' | 'file' | 'repository'
  /** From 1. */
  readonly line: number
  /** What names it: `FROM`, `COPY --from`, `services[2].image`. */
  readonly place: string
  /** As it stands in the file. */
  readonly reference: string
  /** Undefined where the reference decides every byte. */
  readonly problem: InputProblem | undefined
}

/** Makes the error for a file that cannot be understood: blame `usage`, `FILE:LINE: expected ..., found ...`. */
export type Complain = (line: number, expected: string, found: string) => DrydockError

export const complainAbout =
  (path: string): Complain =>
  (line, expected, found) =>
    new DrydockError(`${neutraliseLine(path)}:${line}: expected ${expected}, found ${found}`, {
      code: 'BAD_INPUT_FILE',
      blame: 'usage',
    })

/** Text of a file as it is shown in one line. */
export const shown = (text: string): string => neutraliseLine(text, 200)
