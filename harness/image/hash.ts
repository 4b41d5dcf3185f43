import { sha256OfFile } from '../common/digest.ts'
import type { GuestSpec } from '../target/target.ts'

/** One file of the image under test, as it was at one moment. */
export interface ArtefactHash {
  readonly role: 'kernel' | 'initrd' | 'kernelConfig'
  readonly path: string
  /** Lower-case hexadecimal. */
  readonly sha256: string
}

/** Hashes every file the image consists of: before and after a run the list must be the same. */
export const hashArtefacts = async (spec: GuestSpec): Promise<ArtefactHash[]> => {
  const roles = ['kernel', 'initrd', 'kernelConfig'] as const
  const files = roles.flatMap((role) => {
    const path = spec[role]
    return path === undefined ? [] : [{ role, path }]
  })
  return await Promise.all(
    files.map(async ({ role, path }) => ({ role, path, sha256: await sha256OfFile(path) })),
  )
}
