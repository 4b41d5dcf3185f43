/** One reason for which a kernel calls itself tainted (Documentation/admin-guide/tainted-kernels.rst). */
export interface Taint {
  readonly bit: number
  /** As the kernel's reports and /proc/modules have it. */
  readonly letter: string
  readonly meaning: string
  /** Says how the kernel was built, not that it departs from upstream or is broken. */
  readonly harmless: boolean
}

/** By bit, from 0 on. */
const taints: readonly (readonly [letter: string, meaning: string])[] = [
  ['P', 'a proprietary module was loaded'],
  ['F', 'a module was loaded by force'],
  ['S', 'it runs on a CPU that it is not made for'],
  ['R', 'a module was unloaded by force'],
  ['M', 'the processor reported a machine check'],
  ['B', 'a bad page was found'],
  ['U', 'a program asked for it'],
  ['D', 'it died once: an oops or a BUG'],
  ['A', 'an ACPI table was replaced'],
  ['W', 'it warned of an error of its own'],
  ['C', 'a staging driver was loaded'],
  ['I', 'it works around a severe firmware bug'],
  ['O', 'a module from outside its source tree was loaded'],
  ['E', 'an unsigned module was loaded'],
  ['L', 'a soft lockup occurred'],
  ['K', 'it was patched while running'],
  ['X', "the distribution's own flag is set"],
  ['T', 'it was built with randomised structures'],
  ['N', 'a test was run inside of it'],
  ['J', 'a device was commanded past its driver (fwctl)'],
]

const harmless = new Set(['T'])

/** What /proc/sys/kernel/tainted says, flag by flag; a bit without a name is unknown. */
export const readTaints = (mask: bigint): readonly Taint[] =>
  Array.from({ length: 64 }, (_, bit) => bit)
    .filter((bit) => ((mask >> BigInt(bit)) & 1n) === 1n)
    .map((bit) => {
      const [letter, meaning] = taints[bit] ?? ['?', 'for a reason that Drydock does not know']
      return { bit, letter, meaning, harmless: harmless.has(letter) }
    })

/** What a flag of a module in /proc/modules means. */
export const taintOfLetter = (letter: string): string =>
  taints.find(([known]) => known === letter)?.[1] ?? 'for a reason that Drydock does not know'
