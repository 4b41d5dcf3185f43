import type { Architecture } from '../common/architecture.ts'
import { DrydockError } from '../common/errors.ts'
import type { GuestSpec, Target } from './guest-spec.ts'

/** How the target boots on the architecture. @throws `ARCHITECTURE_NOT_IN_TARGET` (usage) where it does not */
export const specOf = (target: Target, architecture: Architecture): GuestSpec => {
  const spec = target.guests[architecture]
  if (spec !== undefined) return spec
  const found = Object.keys(target.guests).join(', ')
  throw new DrydockError(`${target.source}: expected an image for ${architecture}, found one for ${found}`, {
    code: 'ARCHITECTURE_NOT_IN_TARGET',
    blame: 'usage',
  })
}
