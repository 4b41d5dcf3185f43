import type { Surroundings } from './elf-rules.ts'
import { matchesPattern } from './pattern.ts'
import type { Policy } from './policy.ts'

/** What surrounds the programs of an image that a policy describes. */
export const surroundingsOf = (
  { mounts }: Policy,
  architecture: Surroundings['architecture'],
): Surroundings => ({
  isWritable: (path) =>
    mounts.writable.some(
      (mount) => path === mount.path || path.startsWith(`${mount.path}/`) || matchesPattern(mount.path, path),
    ),
  architecture,
})
