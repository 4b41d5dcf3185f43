import type { KernelRule } from './kernel-rule.ts'
import { type KernelVersion, kernelVersionText } from './kernel-version.ts'
import { kernelMemoryRules } from './tables/kernel-memory.ts'

/** Every rule that is known; an id stands at most once per architecture. */
export const kernelRules: readonly KernelRule[] = [kernelMemoryRules].flat()

/** The newest kernel whose options the rules were compared with. */
export const newestKernelKnown: KernelVersion = { major: 7, minor: 2 }

/** A sentence for the head of a report where the kernel is newer than the rules; undefined where it is not. */
export const newerThanRules = (version: KernelVersion | undefined): string | undefined => {
  if (version === undefined) return undefined
  const { major, minor } = newestKernelKnown
  if (version.major < major || (version.major === major && version.minor <= minor)) return undefined
  return (
    `Linux ${kernelVersionText(version)} is newer than the newest kernel the rules know (${major}.${minor}): ` +
    'options that it renamed or brought are not judged. Update Drydock.'
  )
}
