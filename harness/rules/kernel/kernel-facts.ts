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
   * Undefined where it is not there. A parameter without a value, such as `nosmt`, has the value `''`. Of a parameter
   * that stands several times the `last` value, or `all` of them with commas between.
   */
  readonly value: (type: SettingType, name: string, repeated?: 'last' | 'all') => string | undefined
}

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
  return {
    has: (type) => ({ kconfig: config, cmdline, sysctl: sysctls })[type] !== undefined,
    value: (type, name, repeated) => {
      switch (type) {
        case 'kconfig':
          return config?.get(name)?.trim()
        case 'cmdline': {
          const values = parameters?.get(name.replaceAll('-', '_'))
          return repeated === 'all' ? values?.join(',') : values?.at(-1)
        }
        case 'sysctl':
          return sysctls?.get(name)?.trim()
      }
    },
  }
}
