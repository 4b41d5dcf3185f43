import type { Command } from 'commander'
import { addFlags } from '../add-flags.ts'
import { type KconfigFlags, kconfigFlags } from './flags.ts'

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

/** `drydock kconfig` as commander has it. */
export const addKconfig = (program: Command): void => {
  const command = program
    .command('kconfig')
    .description("judge a kernel's configuration, command line and sysctls; needs no QEMU")
    .argument('<file...>', '.config, plain or compressed, or a kernel that holds its own')
    .addHelpText('after', examples)
    .action(async (files: readonly string[], given: KconfigFlags) => {
      const { kconfig } = await import('../kconfig.ts')
      process.exitCode = await kconfig(files, given)
    })
  addFlags(command, kconfigFlags)
}
