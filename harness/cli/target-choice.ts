import { isArchitecture } from '../common/architecture.ts'
import { DrydockError } from '../common/errors.ts'
import { specOf, type Target } from '../target/target.ts'

export const isTargetFile = (argument: string): boolean => /\.ya?ml$/.test(argument)

/** The target with one of its architectures alone; whole where none is asked for. */
export const onArchitecture = (target: Target, asked: string | undefined): Target => {
  if (asked === undefined) return target
  if (!isArchitecture(asked)) {
    throw new DrydockError(`--arch: expected x86_64 or arm64, found "${asked}"`, {
      code: 'BAD_ARCHITECTURE',
      blame: 'usage',
    })
  }
  return { ...target, guests: { [asked]: specOf(target, asked) } }
}
