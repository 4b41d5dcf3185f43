import { readFile, writeFile } from 'node:fs/promises'
import { z } from 'zod'
import type { Architecture } from './architecture.ts'
import { DrydockError, messageOf } from './errors.ts'

export const debianArchitectures = ['amd64', 'arm64'] as const
/** Debian's names for Drydock's architectures. */
export type DebianArchitecture = (typeof debianArchitectures)[number]

export const debianArchitectureOf = (architecture: Architecture): DebianArchitecture =>
  architecture === 'x86_64' ? 'amd64' : 'arm64'

const lockedPackage = z.strictObject({
  /** The package itself, where the locked name is a meta package such as `linux-image-cloud-amd64`. */
  package: z.string(),
  version: z.string(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
})
export type LockedPackage = z.infer<typeof lockedPackage>

const lockSchema = z.strictObject({
  /** Debian suite, for example `trixie`. */
  suite: z.string().regex(/^[a-z][a-z0-9.-]*$/),
  packages: z.partialRecord(z.enum(debianArchitectures), z.record(z.string(), lockedPackage)),
})
/** Which version of which package a build takes: the content of a lock file. */
export type DebianLock = z.infer<typeof lockSchema>

export const readLock = async (path: string): Promise<DebianLock> => {
  try {
    return lockSchema.parse(JSON.parse(await readFile(path, 'utf8')))
  } catch (cause) {
    throw new DrydockError(`${path}: expected a lock file of Debian packages: ${messageOf(cause)}`, {
      code: 'LOCK_FILE_INVALID',
      blame: 'usage',
      phase: 'prepare',
      hint: 'Restore it from git, or make it new with `node images/build.ts --update-lock`.',
      cause,
    })
  }
}

/** Writes the lock file with sorted names, so that two writers of the same content write the same bytes. */
export const writeLock = async (path: string, lock: DebianLock): Promise<void> => {
  const sorted = {
    suite: lock.suite,
    packages: Object.fromEntries(
      debianArchitectures.map((architecture) => [
        architecture,
        Object.fromEntries(
          Object.entries(lock.packages[architecture] ?? {}).sort(([left], [right]) =>
            left < right ? -1 : 1,
          ),
        ),
      ]),
    ),
  }
  await writeFile(path, `${JSON.stringify(sorted, undefined, 2)}\n`)
}
