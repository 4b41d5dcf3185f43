import { sha256OfFile } from '../common/digest.ts'
import type { GuestSpec } from '../target/target.ts'
import type { RecordedFile } from './record.ts'

/** The files of an image before a run; `sha256After` is not known yet. */
export type HashedFile = Omit<RecordedFile, 'sha256After'>

/** Hashes what the guest will be made of. */
export const hashImage = (spec: GuestSpec): Promise<readonly HashedFile[]> => {
  const roles: readonly (readonly [string, string | undefined])[] = [
    ['kernel', spec.kernel],
    ['initrd', spec.initrd],
    ['container', spec.container],
    ['kernelConfig', spec.kernelConfig],
    ...spec.disks.map(({ path }, index) => [`disk${index}`, path] as const),
  ]
  return Promise.all(
    roles.flatMap(([role, path]) =>
      path === undefined
        ? []
        : [sha256OfFile(path).then((sha256Before): HashedFile => ({ role, path, sha256Before }))],
    ),
  )
}

/** Hashes the same files after the run. */
export const hashAgain = (files: readonly HashedFile[]): Promise<readonly RecordedFile[]> =>
  Promise.all(
    files.map(async (file) => ({ ...file, sha256After: await sha256OfFile(file.path).catch(() => null) })),
  )
