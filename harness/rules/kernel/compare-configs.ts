import { parseKernelVersion } from './kernel-version.ts'

/** A kernel's options by name without `CONFIG_`, as parseKernelConfig gives them. */
export type Options = ReadonlyMap<string, string>

/** One thing on which two accounts of a kernel do not agree. */
export interface Difference {
  /** `CONFIG_NR_CPUS`, or what else it is. */
  readonly what: string
  readonly here: string
  readonly there: string
}

const shown = (value: string | undefined): string =>
  value === undefined || value === 'n' ? 'not set' : value

/** Options of one configuration that have another value in the other; an option that is off need not be named. */
export const differingOptions = (here: Options, there: Options): readonly Difference[] =>
  [...new Set([...here.keys(), ...there.keys()])].sort().flatMap((name) => {
    const difference = { what: `CONFIG_${name}`, here: shown(here.get(name)), there: shown(there.get(name)) }
    return difference.here === difference.there ? [] : [difference]
  })

/** What a running kernel says of how it was built, without being asked for its configuration. */
export interface RunningKernel {
  /** As `uname -r`. */
  readonly release: string
  /** /proc/version: names the compiler as CONFIG_CC_VERSION_TEXT does. */
  readonly version: string
  /** /sys/devices/system/cpu/kernel_max: CONFIG_NR_CPUS less one. */
  readonly highestCpu: string | undefined
  /** Whether it has a thing that only exists with the option, by option. */
  readonly traces: ReadonlyMap<string, boolean>
}

/** Versions to be compared; distributions that name an interface have 0 for the patch level, as Debian's 6.1.0-50. */
const versions = (config: string, running: string): readonly [here: string, there: string] => {
  const [here, there] = [parseKernelVersion(config), parseKernelVersion(running)]
  const series = there?.patch === undefined || there.patch === 0
  const text = (version: typeof here) =>
    [version?.major, version?.minor, ...(series ? [] : [version?.patch ?? 0])].join('.')
  return [text(here), text(there)]
}

/**
 * Where a configuration (`here`) and the kernel that runs (`there`) contradict each other. What the configuration does
 * not name, such as a compiler in one that was written before the build, is not compared.
 */
export const contradictions = (
  config: { readonly options: Options; readonly release: string | undefined },
  running: RunningKernel,
): { readonly compared: number; readonly differences: readonly Difference[] } => {
  const pairs: Difference[] = []
  if (config.release !== undefined) {
    const [here, there] = versions(config.release, running.release)
    pairs.push({ what: 'version', here, there })
  }
  const compiler = config.options.get('CC_VERSION_TEXT')
  if (compiler !== undefined && compiler !== '') {
    const there = running.version.includes(compiler) ? compiler : running.version
    pairs.push({ what: 'CONFIG_CC_VERSION_TEXT', here: compiler, there })
  }
  const cpus = config.options.get('NR_CPUS')
  if (cpus !== undefined && running.highestCpu !== undefined) {
    pairs.push({ what: 'CONFIG_NR_CPUS', here: cpus, there: String(Number(running.highestCpu) + 1) })
  }
  for (const [option, has] of running.traces) {
    const value = config.options.get(option)
    if (value === undefined) continue
    pairs.push({ what: `CONFIG_${option}`, here: shown(value), there: has ? 'y' : 'not set' })
  }
  return { compared: pairs.length, differences: pairs.filter(({ here, there }) => here !== there) }
}
