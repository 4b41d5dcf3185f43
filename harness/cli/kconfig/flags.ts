import type { Flag } from '../plain-words.ts'

/** The flags of `drydock kconfig`. */
export interface KconfigFlags {
  readonly arch?: string
  readonly cmdline?: string
  readonly sysctl?: string
  readonly policy?: string
  readonly json?: boolean
  readonly fragment?: boolean
}

export const kconfigFlags: readonly Flag[] = [
  {
    name: 'arch',
    value: 'architecture',
    description: 'x86_64 or arm64 (default: what the file says)',
  },
  {
    name: 'cmdline',
    value: 'string|file',
    description: 'kernel command line, or a file that holds it, to be judged as well',
  },
  {
    name: 'sysctl',
    value: 'file',
    description: 'sysctls to be judged as well, as `sysctl -a` prints them or sysctl.conf holds them',
  },
  {
    name: 'policy',
    value: 'name|file',
    description: 'what is expected, and waivers: kspp, moby, debian-cloud or a file (default: kspp)',
  },
  { name: 'json', description: 'an object for each rule; for several files an object for each file' },
  { name: 'fragment', description: 'print the Kconfig fragment that would mend the failures' },
]
