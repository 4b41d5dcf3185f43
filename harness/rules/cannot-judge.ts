/** Thrown where a check cannot come to a verdict through no fault of Drydock's: the verdict is then `inconclusive`. */
export class CannotJudge extends Error {
  override readonly name = 'CannotJudge'
}
