import type { Command } from 'commander'

/** The flags of `drydock kconfig`. */
export interface KconfigFlags {
  readonly arch?: string
  readonly cmdline?: string
  readonly sysctl?: string
  readonly policy?: string
  readonly json?: boolean
  readonly fragment?: boolean
}

interface Flag {
  readonly name: keyof KconfigFlags
  /** What follows it; absent where nothing does. */
  readonly value?: string
  readonly description: string
}

const flags: readonly Flag[] = [
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

const examples = `
Examples:
  drydock kconfig .config
  drydock kconfig /boot/config-6.12 --cmdline /proc/cmdline --sysctl /etc/sysctl.conf --policy moby
  drydock kconfig vmlinuz --json                     the configuration inside a kernel (CONFIG_IKCONFIG)
  drydock kconfig .config --fragment > hardening.config
  scripts/kconfig/merge_config.sh .config hardening.config

Exit codes:
  0  no rule fails against the policy
  1  a rule fails or cannot be told, or a waiver has expired or is not needed
  2  wrong usage, or a file that is not what it should be
`

/** The command with its flags, for help and for every way to write them. */
export const addKconfig = (program: Command): void => {
  const command = program
    .command('kconfig')
    .description("judge a kernel's configuration, command line and sysctls; needs no QEMU")
    .argument('<file...>', '.config, plain or compressed, or a kernel that holds its own')
    .addHelpText('after', examples)
    .action(async (files: readonly string[], given: KconfigFlags) => {
      const { kconfig } = await import('./kconfig.ts')
      process.exitCode = await kconfig(files, given)
    })
  for (const { name, value, description } of flags) {
    command.option(value === undefined ? `--${name}` : `--${name} <${value}>`, description)
  }
}

/** What was asked for, where it is written in the plain way; undefined leaves help, mistakes and all else to commander. */
export const plainRequest = (
  words: readonly string[],
): { readonly files: readonly string[]; readonly flags: KconfigFlags } | undefined => {
  const files: string[] = []
  const given = new Map<string, string | boolean>()
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? ''
    if (!word.startsWith('-')) {
      files.push(word)
      continue
    }
    const flag = flags.find(({ name }) => word === `--${name}`)
    if (flag === undefined) return undefined
    if (flag.value !== undefined) at += 1
    const value = flag.value === undefined ? true : words[at]
    if (value === undefined) return undefined
    given.set(flag.name, value)
  }
  return files.length === 0 ? undefined : { files, flags: Object.fromEntries(given) }
}
