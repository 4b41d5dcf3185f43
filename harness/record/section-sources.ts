import { parseCmdline, withoutLoaderWords } from '../facts/cmdline.ts'
import { daemons } from '../facts/daemons.ts'
import { elfInventory, isUserSpace } from '../facts/elf-inventory.ts'
import type { Collected } from '../facts/inventory/collected.ts'
import { deviceNodes } from '../facts/inventory/devices.ts'
import { listeners } from '../facts/inventory/listeners.ts'
import { loadedModules, mounts } from '../facts/inventory/running-system.ts'
import { processName } from '../facts/running-code.ts'
import { readableSysctls } from '../facts/sysctls.ts'
import { vulnerabilities } from '../facts/vulnerabilities.ts'
import type { Probe } from '../guest/probe.ts'
import { listContainers } from '../image/containers.ts'
import type { Image } from '../image/image.ts'
import { parseKernelConfig } from '../image/kernel-config.ts'
import type { GuestSpec } from '../target/target.ts'
import type { SectionId } from './sections.ts'

/** What lists are made from. */
export interface AtRest {
  readonly spec: GuestSpec
  readonly image: Image
}
export interface Running extends AtRest {
  readonly probe: Probe
}

/** Rows of one list, in any order. */
export interface Found {
  readonly source: string
  readonly problem?: string | undefined
  readonly rows: Iterable<readonly [name: string, properties: Readonly<Record<string, string>>]>
}

const yesNo = (holds: boolean): string => (holds ? 'yes' : 'no')

const fromCollected = ({ source, entries, unread }: Collected, property: string): Found => ({
  source,
  problem: unread.length === 0 ? undefined : unread.map((one) => `${one.subject}: ${one.reason}`).join('; '),
  rows: [...entries].map(([name, detail]) => [name, detail === '' ? {} : { [property]: detail }]),
})

const imageParts = async ({ image }: AtRest): Promise<Found> => ({
  source: 'the image at rest',
  problem: image.unread.map(({ name, reason }) => `${name}: ${reason}`).join('; ') || undefined,
  rows: image.trees.map(({ name, tree }) => {
    const entries = [...tree.entries()]
    const bytes = entries.reduce((sum, { size }) => sum + size, 0)
    return [name, { names: String(entries.length), bytes: String(bytes) }]
  }),
})

const kernelOptions = async ({ image: { kernel } }: AtRest): Promise<Found> => {
  if (kernel.config === undefined) return { source: 'the kernel', problem: kernel.configSource, rows: [] }
  const { options } = parseKernelConfig(kernel.config, kernel.configSource)
  return {
    source: kernel.configSource,
    rows: [...options].map(([name, value]) => [`CONFIG_${name}`, { value }]),
  }
}

const kernelParameters = async ({ image: { cmdline } }: AtRest): Promise<Found> => {
  const parameters = Map.groupBy(parseCmdline(withoutLoaderWords(cmdline?.text ?? '')), ({ name }) => name)
  return {
    source: cmdline?.source ?? 'the image',
    problem: cmdline === undefined ? 'nothing in it says the command line' : undefined,
    rows: [...parameters].map(([name, all]) => [
      name,
      { value: all.map(({ value }) => value ?? '').join(' ') },
    ]),
  }
}

const binaries = async ({ image }: AtRest): Promise<Found> => {
  const { programs, damaged, files } = await elfInventory(image)
  return {
    source: `${files} files of the image`,
    problem: damaged.map(({ subject, reason }) => `${subject}: ${reason}`).join('; ') || undefined,
    rows: programs.filter(isUserSpace).map(({ subject, elf, entry }) => [
      subject,
      {
        type: elf.type,
        language: elf.language ?? 'unknown',
        relro: elf.relro,
        'stack not executable': yesNo(elf.nxStack),
        canary: elf.canary.found,
        fortify: elf.fortify.found,
        'text relocations': yesNo(elf.textrel),
        'writable and executable': String(elf.writableExecutableSegments),
        'search path': [...elf.rpath, ...elf.runpath].join(':') || 'none',
        bytes: String(entry.size),
      },
    ]),
  }
}

const containers = async ({ image }: AtRest): Promise<Found> => ({
  source: 'bundles below /containers of the image',
  rows: (await listContainers(image.root)).map(({ kind, name, path, config, problem }) => [
    `${kind}/${name}`,
    config === undefined
      ? { bundle: path, problem: problem ?? 'no configuration' }
      : {
          bundle: path,
          command: config.command.join(' '),
          user: `${config.uid}:${config.gid}`,
          capabilities: config.capabilities.join(' ') || 'none',
          'no new privileges': yesNo(config.noNewPrivileges),
          seccomp: yesNo(config.seccomp),
          label: config.label ?? 'none',
          'own namespaces': config.namespaces.join(' ') || 'none',
          'read-only root': yesNo(config.readOnlyRoot),
        },
  ]),
})

const runningDaemons = async ({ probe, image }: Running): Promise<Found> => ({
  source: '/proc of the booted guest',
  rows: (await daemons(probe, image)).map(({ process, program, language, ownNamespaces }) => [
    `${processName(process)} as ${process.uid}`,
    {
      program: program ?? 'not in the image',
      language: language ?? 'unknown',
      container: process.container ?? 'host',
      'own namespaces': ownNamespaces.join(' ') || 'none',
      seccomp: ['none', 'strict', 'filter'][process.seccomp] ?? String(process.seccomp),
      'no new privileges': yesNo(process.noNewPrivileges),
      'effective capabilities': `0x${process.capabilities.effective.toString(16)}`,
      label: process.label ?? 'none',
    },
  ]),
})

/** Lists of what lies in the image. */
export const atRestSources: Partial<Record<SectionId, (from: AtRest) => Promise<Found>>> = {
  'image-parts': imageParts,
  'kernel-options': kernelOptions,
  'kernel-parameters': kernelParameters,
  binaries,
  containers,
}

/** Lists of what only the running guest shows. */
export const runningSources: Partial<Record<SectionId, (from: Running) => Promise<Found>>> = {
  sysctls: async ({ probe }) => {
    const found = await readableSysctls(probe)
    return { source: '/proc/sys', rows: [...found].map(([name, value]) => [name, { value }]) }
  },
  'loaded-modules': async ({ probe }) => fromCollected(await loadedModules(probe), 'detail'),
  vulnerabilities: async ({ probe }) => ({
    source: '/sys/devices/system/cpu/vulnerabilities',
    rows: (await vulnerabilities(probe)).map(({ name, state }) => [name, { state }]),
  }),
  daemons: runningDaemons,
  mounts: async ({ probe }) => fromCollected(await mounts(probe), 'mounted'),
  listeners: async ({ probe }) => fromCollected(await listeners(probe), 'by'),
  devices: async ({ probe, image }) => fromCollected(await deviceNodes(probe, image), 'device'),
}
