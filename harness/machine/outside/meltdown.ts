import type { Registers } from './kernel-view.ts'

/**
 * Arm CPUs by implementer and part of MIDR: those that do not read ahead of a fault (arch/arm64/kernel/cpufeature.c,
 * kpti_safe_list), those that say of themselves that they do not (CSV3, target/arm/cpu64.c of QEMU), and those that do.
 */
const arm64Parts: Readonly<Record<string, boolean>> = {
  ...Object.fromEntries(
    [
      ...['41-d04', '41-d03', '41-d05', '41-d07', '41-d08', '41-d09'], // Cortex-A35, A53, A55, A57, A72, A73
      ...['42-100', '42-516', '43-0af', '48-d01', '4e-004'], // Brahma-B53, ThunderX2, TaiShan v110, Carmel
      ...['51-800', '51-801', '51-803', '51-805'], // Kryo
      ...['00-051', '41-d0b', '41-d0c', '41-d49', '41-d40'], // QEMU's max, Cortex-A76, Neoverse N1, N2, V1
    ].map((part) => [part, false]),
  ),
  '41-d0a': true, // Cortex-A75
  '46-001': true, // A64FX
}

export interface MeltdownView {
  /** Undefined where nothing outside tells. */
  readonly affected: boolean | undefined
  /** Why, in words. */
  readonly because: string
}

const x86Vendors: Readonly<Record<string, boolean>> = {
  AuthenticAMD: false,
  HygonGenuine: false,
  GenuineIntel: true,
}

/**
 * Whether programs can read the kernel's memory through this CPU's caches, unless the kernel takes it out of their page
 * tables (CVE-2017-5754), as its identity tells.
 */
export const meltdownOf = (registers: Registers): MeltdownView => {
  const x86 = registers.architecture === 'x86_64'
  if (registers.meltdownFree === true) {
    return { affected: false, because: `the CPU says so (${x86 ? 'RDCL_NO' : 'ID_AA64PFR0_EL1.CSV3'})` }
  }
  if (x86) {
    const { vendor } = registers
    return { affected: x86Vendors[vendor], because: `vendor ${vendor}, without RDCL_NO` }
  }
  const { midr } = registers
  const part = `${(midr >> 24n).toString(16).padStart(2, '0')}-${((midr >> 4n) & 0xfffn).toString(16).padStart(3, '0')}`
  return { affected: arm64Parts[part], because: `implementer and part ${part} of MIDR_EL1` }
}
