import { stat } from 'node:fs/promises'
import { setTimeout as wait } from 'node:timers/promises'
import type { Target } from '../../target/target.ts'
import { isTargetFile } from '../target-choice.ts'

/** Milliseconds between two looks; a file counts as written when two looks find it the same. */
const pause = 500

/** The files that a target is made of, its own and its policy's included. */
export const filesOf = ({ guests, source, policyPath }: Target): readonly string[] => [
  ...new Set(
    [
      ...Object.values(guests).flatMap(({ kernel, initrd, kernelConfig, disks }) => [
        ...[kernel, initrd, kernelConfig],
        ...disks.map(({ path }) => path),
      ]),
      isTargetFile(source) ? source : undefined,
      policyPath,
    ].filter((path) => path !== undefined),
  ),
]

/** What tells one state of files from another; undefined while one of them is not there. */
export const stateOf = async (paths: readonly string[]): Promise<string | undefined> => {
  const states = await Promise.all(
    paths.map((path) =>
      stat(path, { bigint: true }).then(
        ({ ino, size, mtimeNs }) => `${ino} ${size} ${mtimeNs}`,
        () => undefined,
      ),
    ),
  )
  return states.includes(undefined) ? undefined : states.join('\n')
}

/**
 * Resolves when files are others than they were, and whole: builds write for a while, and replace by renaming.
 * Looks at the files themselves, which works on every file system, those of other machines included.
 * @param before what `stateOf` gave
 * @throws the signal's reason
 */
export const untilChanged = async (
  paths: readonly string[],
  before: string | undefined,
  signal?: AbortSignal,
): Promise<string> => {
  let last: string | undefined
  for (;;) {
    const now = await stateOf(paths)
    if (now !== undefined && now !== before && now === last) return now
    last = now
    await wait(pause, undefined, signal === undefined ? {} : { signal })
  }
}
