import type { Command } from 'commander'
import type { Target } from '../target/target.ts'

/** The flags by which an image is given, as commander hands them over. */
export interface TargetCommandFlags {
  readonly kernel?: string
  readonly initrd?: string
  readonly disk?: string
  readonly cmdline?: string
  readonly kernelConfig?: string
  readonly arch?: string
  readonly login?: string
  readonly memory?: string
  readonly cpus?: string
  readonly cpu?: string
  readonly firmware?: string
  readonly policy?: string
}

/** The argument and the flags by which commands take an image. */
export const withTargetFlags = (command: Command): Command =>
  command
    .argument(
      '[target]',
      "target file (.yml), an image of any kind, or the prefix of LinuxKit's output files",
    )
    .option('--kernel <file>', 'kernel to boot')
    .option('--initrd <file>', 'initial RAM disk')
    .option('--disk <file>', 'raw or qcow2 disk for the kernel (vda)')
    .option('--cmdline <string|file>', 'kernel command line, or a file that holds it')
    .option('--kernel-config <file>', 'the .config that the kernel was built with')
    .option(
      '--arch <architecture>',
      'x86_64 or arm64 (default: what the kernel is for, or all of the target file)',
    )
    .option('--login <user[:password]|none>', 'how to log in on the console (default: none)')
    .option('--memory <mib>', "the guest's memory in MiB (default: 512)")
    .option('--cpus <count>', 'its number of processors (default: 1)')
    .option('--cpu <model>', "QEMU's name of the CPU model (default: max)")
    .option(
      '--firmware <uefi|bios|none>',
      "what starts the image: the host's UEFI firmware or BIOS, or QEMU alone (default: what an image is made for)",
    )
    .option('--policy <file>', 'what is expected of the image, and waivers')

const flagNames = [
  'kernel',
  'initrd',
  'disk',
  'cmdline',
  'kernelConfig',
  'arch',
  'login',
  'memory',
  'cpus',
  'cpu',
  'firmware',
  'policy',
] as const satisfies (keyof TargetCommandFlags)[]

const pick = (flags: TargetCommandFlags, names: readonly (keyof TargetCommandFlags)[]): TargetCommandFlags =>
  Object.fromEntries(names.flatMap((name) => (flags[name] === undefined ? [] : [[name, flags[name]]])))

/** `--name value` words that give the same target again, apart from --arch. */
export const targetWords = (argument: string | undefined, flags: TargetCommandFlags): readonly string[] => [
  ...(argument === undefined ? [] : [argument]),
  ...flagNames
    .filter((name) => name !== 'arch')
    .flatMap((name) => {
      const value = flags[name]
      const word = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
      return value === undefined ? [] : [word, value]
    }),
]

const say = (line: string): void => {
  process.stderr.write(`drydock: ${line}\n`)
}

/** Opens what the person gave; every mistake in it is a usage error, before anything is started. */
export const targetOf = async (argument: string | undefined, flags: TargetCommandFlags): Promise<Target> => {
  const { detectKernelArchitecture } = await import('../image/kernel-file.ts')
  const { exists, openTarget } = await import('../target/target.ts')
  const { isTargetFile, onArchitecture } = await import('./target-choice.ts')
  if (argument !== undefined && !isTargetFile(argument) && (await exists(argument))) {
    const { targetFromImage } = await import('./target-image.ts')
    return await targetFromImage(argument, pick(flags, flagNames), say)
  }
  if (argument === undefined || !isTargetFile(argument))
    return await openTarget(argument, pick(flags, flagNames), detectKernelArchitecture)
  // With a target file --arch chooses among its architectures, instead of describing an image.
  const describing = pick(
    flags,
    flagNames.filter((name) => name !== 'arch'),
  )
  return onArchitecture(await openTarget(argument, describing, detectKernelArchitecture), flags.arch)
}
