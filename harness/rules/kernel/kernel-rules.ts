import type { KernelRule } from './kernel-rule.ts'
import { type KernelVersion, kernelVersionText } from './kernel-version.ts'
import { allocatorRules } from './tables/allocators.ts'
import { arm64Rules } from './tables/arm64-protections.ts'
import { cmdlineProtectionRules } from './tables/cmdline-protections.ts'
import { cmdlineWeakeningRules } from './tables/cmdline-weakenings.ts'
import { compilerRules } from './tables/compiler.ts'
import { debuggingRules } from './tables/debugging.ts'
import { deviceRules } from './tables/devices.ts'
import { driverRules } from './tables/drivers.ts'
import { integrityRules } from './tables/integrity.ts'
import { interfaceRules } from './tables/interfaces.ts'
import { kernelMemoryRules } from './tables/kernel-memory.ts'
import { networkSysctlRules } from './tables/network-sysctls.ts'
import { processRules } from './tables/processes.ts'
import { sysctlRules } from './tables/sysctls.ts'
import { x86MitigationRules } from './tables/x86-mitigations.ts'

/** Every rule that is known; an id stands at most once per architecture. */
export const kernelRules: readonly KernelRule[] = [
  kernelMemoryRules,
  allocatorRules,
  compilerRules,
  x86MitigationRules,
  arm64Rules,
  deviceRules,
  integrityRules,
  interfaceRules,
  processRules,
  debuggingRules,
  driverRules,
  cmdlineProtectionRules,
  cmdlineWeakeningRules,
  sysctlRules,
  networkSysctlRules,
].flat()

/** The newest kernel whose options the rules were compared with; of 7.3 its seventh release candidate, as Debian builds it. */
export const newestKernelKnown: KernelVersion = { major: 7, minor: 3 }

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
