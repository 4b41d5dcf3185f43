import type { Architecture } from '../../common/architecture.ts'
import { parseCmdline } from '../../facts/cmdline.ts'
import type { KernelVersion } from './kernel-version.ts'

export const settingTypes = ['kconfig', 'cmdline', 'sysctl'] as const
export type SettingType = (typeof settingTypes)[number]

/** What is known of one kernel. A part that was not given is undefined, which is something else than an empty one. */
export interface KernelFacts {
  readonly architecture: Architecture
  readonly version: KernelVersion | undefined
  /** By option name without `CONFIG_`: `y`, `m`, `n` (for `# CONFIG_X is not set`) or another value, strings unquoted. */
  readonly config: ReadonlyMap<string, string> | undefined
  /** As in /proc/cmdline. */
  readonly cmdline: string | undefined
  /** By dotted name, such as `kernel.kptr_restrict`. */
  readonly sysctls: ReadonlyMap<string, string> | undefined
}

/** A kernel's settings, ready to be looked up many times. */
export interface Settings {
  /** Whether anything is known of settings of this type. */
  readonly has: (type: SettingType) => boolean
  /**
   * All values of a setting, in order: none where it is not there, several only on a command line.
   * A parameter without a value, such as `nosmt`, has the value `''`.
   */
  readonly values: (type: SettingType, name: string) => readonly string[]
}

const none: readonly string[] = []

const parametersOf = (cmdline: string): ReadonlyMap<string, readonly string[]> => {
  const found = new Map<string, string[]>()
  for (const { name, value = '' } of parseCmdline(cmdline)) {
    const values = found.get(name)
    if (values === undefined) found.set(name, [value])
    else values.push(value)
  }
  return found
}

export const settingsOf = ({ config, cmdline, sysctls }: KernelFacts): Settings => {
  const parameters = cmdline === undefined ? undefined : parametersOf(cmdline)
  const single = (value: string | undefined) => (value === undefined ? none : [value.trim()])
  return {
    has: (type) => ({ kconfig: config, cmdline: parameters, sysctl: sysctls })[type] !== undefined,
    values: (type, name) => {
      switch (type) {
        case 'kconfig':
          return single(config?.get(name))
        case 'cmdline':
          return parameters?.get(name.replaceAll('-', '_')) ?? none
        case 'sysctl':
          return single(sysctls?.get(name))
      }
    },
  }
}
