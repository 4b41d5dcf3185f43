import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Command, Option } from 'commander'
import { addBaseline } from './baseline-command.ts'
import { addBinaries } from './binaries/command.ts'
import { addBisect } from './bisect-command.ts'
import { addBump } from './bump-command.ts'
import { addHistory } from './history-command.ts'
import { addKconfig } from './kconfig/command.ts'
import { addMatrix } from './matrix-command.ts'
import { addReportCommands } from './report-commands.ts'
import { withTargetFlags } from './target-options.ts'

const version = (): string => {
  const { version: found } = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8'))
  return String(found)
}

const exitCodes = `
Exit codes:
  0  every check passed, or is absent, not applicable or waived
  1  a check was not passed
  2  wrong usage or configuration
  3  the test bed failed, or the guest died while booting
`

const checkExamples = `
Examples:
  drydock check image.yml                        every architecture that the target file names
  drydock check image.yml --arch arm64 --case root
  drydock check out/linuxkit                     out/linuxkit-kernel, -initrd.img, -cmdline
  drydock check --kernel vmlinuz --initrd initrd.img --arch x86_64 --login root
  drydock check image.yml --json > records.json
`

const bootExamples = `
Examples:
  drydock boot out/linuxkit
  drydock boot image.yml --arch arm64            Ctrl-] leaves and ends the guest
  drydock boot --frozen 7644ea5e0cfa2c2f4391f3ccb4c24fbc    as record.json and report.html name it
`

const accelOption = (): Option =>
  new Option('--accel <policy>', 'KVM or emulation').choices(['require', 'prefer', 'never']).default('prefer')

const addCheck = (program: Command): void => {
  withTargetFlags(program.command('check'))
    .description('judge an image and report a verdict for each check')
    .addOption(accelOption())
    .option('--case <pattern...>', 'only checks of this id, family, or pattern with * (default: all)')
    .addOption(
      new Option('--failed', 'only checks that were not passed when it was last judged').conflicts('case'),
    )
    .option('--watch', 'judge it again whenever a file of the image changes, until Ctrl-C')
    .option('--fresh', 'boot anew, even where a frozen guest of this very image is kept from an earlier run')
    .option('--out <dir>', 'folder of the reports', 'reports')
    .option(
      '--json',
      'print the record and nothing else on standard output; an array for several architectures',
    )
    .addHelpText('after', checkExamples + exitCodes)
    .action(async (target: string | undefined, flags) => {
      const { check } = await import('./check.ts')
      process.exitCode = await check(target, flags)
    })
}

const addBoot = (program: Command): void => {
  withTargetFlags(program.command('boot'))
    .description('boot an image and hand its console to you')
    .addOption(accelOption())
    .option('--frozen <id>', 'look around in a guest that `drydock check` kept, as its checks found it')
    .addHelpText('after', bootExamples)
    .action(async (target: string | undefined, flags) => {
      const { bootInteractively } = await import('./boot.ts')
      process.exitCode = await bootInteractively(target, flags)
    })
}

const inspectExamples = `
Examples:
  drydock inspect disk.qcow2                     its partitions, file systems, kernels and initrds
  drydock inspect out/linuxkit                   out/linuxkit-kernel, -initrd.img, -cmdline
  drydock inspect image.yml initrd.img --json
`

const addInspect = (program: Command): void => {
  program
    .command('inspect')
    .description('say what artefacts are and hold, without running or unpacking anything')
    .argument(
      '<artefact...>',
      'kernels, initrds, disks, file systems, UKIs, tar archives, OCI layouts, folders, targets',
    )
    .option('--json', 'as JSON, one array for all artefacts')
    .addHelpText('after', inspectExamples)
    .action(async (artefacts: string[], flags) => {
      const { inspect } = await import('./inspect.ts')
      process.exitCode = await inspect(artefacts, flags)
    })
}

const inputsExamples = `
Examples:
  drydock inputs linuxkit.yml pkg/*/Dockerfile
  drydock inputs linuxkit.yml --accept-source-hashes
Exit codes:
  0  every input is named by its digest    1  one is not    2  a file is no build description, or wrong usage
`

const addInputs = (program: Command): void => {
  program
    .command('inputs')
    .description('judge whether builds name their images by digest: LinuxKit YAML files and Dockerfiles')
    .argument('<file...>', 'build descriptions; their content says of which kind they are')
    .option('--json', 'as JSON, every input of every file')
    .option('--accept-source-hashes', "take LinuxKit's hashes of a package's source for digests")
    .addHelpText('after', inputsExamples)
    .action(async (files: string[], flags) => {
      const { inputs } = await import('./inputs.ts')
      process.exitCode = await inputs(files, flags)
    })
}

const bundleExamples = `
Examples:
  drydock bundle containers/services/*/config.json
  drydock bundle bundle/ --policy policy.yml     a folder with a config.json
Exit codes:
  0  every container keeps the policy    1  one breaks it    2  a file is no OCI runtime spec, or wrong usage
`

const addBundle = (program: Command): void => {
  program
    .command('bundle')
    .description('judge containers at rest by their config.json (OCI runtime spec), without running anything')
    .argument('<config...>', 'config.json files, or the folders that they are in')
    .option('--json', 'as JSON, with all evidence')
    .option('--policy <file>', 'what is expected, and waivers (default: moby)')
    .addHelpText('after', bundleExamples)
    .action(async (configs: string[], flags) => {
      const { bundle } = await import('./bundle.ts')
      process.exitCode = await bundle(configs, flags)
    })
}

const addCache = (program: Command): void => {
  const cache = program
    .command('cache')
    .description('show what is kept between runs, and how much room it takes')
    .option('--json', 'as JSON')
    .addHelpText('after', '\nExamples:\n  drydock cache\n  drydock cache clean frozen\n')
    .action(async (flags) => {
      const { showCache } = await import('./cache.ts')
      await showCache(flags)
    })
  cache
    .command('clean')
    .description('remove it, or parts of it; everything is made again when it is needed')
    .argument('[part...]', 'as `drydock cache` shows them (default: all)')
    .action(async (wanted: readonly string[]) => {
      const { cleanCache } = await import('./cache.ts')
      await cleanCache(wanted)
    })
}

/** The command line. Each command's code is loaded when it is used, so that help is there at once. */
export const drydockProgram = (): Command => {
  const program = new Command('drydock')
    .description(
      "boots an operating-system image and says whether it keeps the promises of Moby's security design",
    )
    .version(version())
    .exitOverride()
    .configureHelp({ showGlobalOptions: false })
    .addHelpText(
      'after',
      `\nExamples:\n  drydock check image.yml\n  drydock explain root.remount\n${exitCodes}`,
    )
  addCheck(program)
  addBoot(program)
  addBaseline(program)
  addBisect(program)
  addBump(program)
  addHistory(program)
  addMatrix(program)
  addKconfig(program)
  addBinaries(program)
  addInspect(program)
  addInputs(program)
  addBundle(program)
  addReportCommands(program)
  program
    .command('doctor')
    .description('say what this host can do, and what is missing')
    .option('--json', 'as JSON')
    .addHelpText('after', '\nExamples:\n  drydock doctor\n')
    .action(async (flags) => {
      const { doctor } = await import('./doctor.ts')
      process.exitCode = await doctor(flags)
    })
  addCache(program)
  program
    .command('list')
    .description('list every check')
    .option('--json', 'as JSON')
    .addHelpText('after', '\nExamples:\n  drydock list\n  drydock list --json\n')
    .action(async (flags) => {
      const { list } = await import('./list.ts')
      await list(flags)
    })
  program
    .command('explain')
    .description('say what a check claims, how it is judged and how to pass it')
    .argument('<id>', 'id of a check, as `drydock list` shows it')
    .addHelpText('after', '\nExamples:\n  drydock explain root.remount\n')
    .action(async (id: string) => {
      const { explain } = await import('./explain.ts')
      await explain(id)
    })
  return program
}
