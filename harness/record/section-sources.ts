import { capabilityNames } from '../facts/capabilities.ts'
import { parseCmdline, withoutLoaderWords } from '../facts/cmdline.ts'
import { daemons } from '../facts/daemons.ts'
import { elfInventory, isUserSpace } from '../facts/elf-inventory.ts'
import { imageSizes } from '../facts/image-sizes.ts'
import type { Collected } from '../facts/inventory/collected.ts'
import { deviceNodes } from '../facts/inventory/devices.ts'
import { moduleFiles } from '../facts/inventory/files.ts'
import { listeners } from '../facts/inventory/listeners.ts'
import { mounts } from '../facts/inventory/running-system.ts'
import { kernelWarnings } from '../facts/kernel-warnings.ts'
import { readLoadedModules } from '../facts/loaded-modules.ts'
import { processName } from '../facts/running-code.ts'
import { containerProperties } from '../facts/running-containers.ts'
import { readableSysctls } from '../facts/sysctls.ts'
import { vulnerabilities } from '../facts/vulnerabilities.ts'
import type { Probe } from '../guest/probe.ts'
import { listContainers } from '../image/containers.ts'
import type { ElfFile } from '../image/elf.ts'
import type { Image } from '../image/image.ts'
import { parseKernelConfig } from '../image/kernel-config.ts'
import type { GuestSpec } from '../target/target.ts'
import { reachableCalls } from './reachable-calls.ts'
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

const imageParts = async ({ image, spec }: AtRest): Promise<Found> => ({
  source: 'the image at rest',
  problem: image.unread.map(({ name, reason }) => `${name}: ${reason}`).join('; ') || undefined,
  rows: await imageSizes(image, spec),
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

/** What a processor can be told to hold a program to. */
const marksOf = (elf: ElfFile): Readonly<Record<string, string>> =>
  elf.machine === 'x86_64'
    ? { 'indirect branch tracking': yesNo(elf.ibt), 'shadow stack': yesNo(elf.shstk) }
    : { 'branch target identification': yesNo(elf.bti), 'pointer authentication': yesNo(elf.pac) }

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
        ...marksOf(elf),
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
  rows: together(
    (await daemons(probe, image)).map(({ process, program, language, ownNamespaces }) => [
      `${processName(process)} as ${process.uid}`,
      {
        program: program ?? 'not in the image',
        language: language ?? 'unknown',
        container: process.container ?? 'host',
        'own namespaces': ownNamespaces.join(' ') || 'none',
        seccomp: ['none', 'strict', 'filter'][process.seccomp] ?? String(process.seccomp),
        'no new privileges': yesNo(process.noNewPrivileges),
        'effective capabilities': capabilityNames(process.capabilities.effective).join(' ') || 'none',
        label: process.label ?? 'none',
      },
    ]),
  ),
})

/** Processes of one name are one thing: where they differ, all that was found stands there, in order. */
const together = (rows: readonly (readonly [string, Readonly<Record<string, string>>])[]): Found['rows'] =>
  [...Map.groupBy(rows, ([name]) => name)].map(([name, all]) => [
    name,
    Object.fromEntries(
      Object.keys(all[0]?.[1] ?? {}).map((property) => [
        property,
        [...new Set(all.map(([, properties]) => properties[property] ?? ''))].sort().join(' | '),
      ]),
    ),
  ])

const loadedModules = async ({ probe }: Running): Promise<Found> => {
  const source = '/proc/modules'
  const content = (await probe.host.readMany([source])).get(source)
  // A kernel without modules has no such file.
  if (content === 'ENOENT') return { source, rows: [] }
  const modules = content instanceof Buffer ? readLoadedModules(content.toString('latin1')) : undefined
  if (modules === undefined)
    return { source, problem: 'cannot be read, or has lines of an unknown form', rows: [] }
  return { source, rows: modules.map(({ name, taints }) => [name, { taints: taints || 'none' }]) }
}

/** Lists of what lies in the image. */
export const atRestSources: Partial<Record<SectionId, (from: AtRest) => Promise<Found>>> = {
  'image-parts': imageParts,
  'kernel-options': kernelOptions,
  'kernel-parameters': kernelParameters,
  binaries,
  containers,
  'module-files': async ({ image }) => fromCollected(moduleFiles(image), 'detail'),
}

/** Lists of what only the running guest shows. */
export const runningSources: Partial<Record<SectionId, (from: Running) => Promise<Found>>> = {
  sysctls: async ({ probe }) => {
    const found = await readableSysctls(probe)
    return { source: '/proc/sys', rows: [...found].map(([name, value]) => [name, { value }]) }
  },
  'loaded-modules': loadedModules,
  vulnerabilities: async ({ probe }) => ({
    source: '/sys/devices/system/cpu/vulnerabilities',
    rows: (await vulnerabilities(probe)).map(({ name, state }) => [name, { state }]),
  }),
  daemons: runningDaemons,
  mounts: async ({ probe }) => fromCollected(await mounts(probe), 'mounted'),
  listeners: async ({ probe }) => fromCollected(await listeners(probe), 'by'),
  'running-containers': async ({ probe }) => ({
    source: '/proc and /sys/fs/cgroup of the booted guest',
    rows: await containerProperties(probe),
  }),
  'kernel-warnings': async ({ probe }) => ({
    source: "the kernel's log, warnings and worse",
    rows: kernelWarnings(await probe.host.kernelMessages()).map((text) => [text, {}]),
  }),
  'system-calls': async ({ probe, spec }) => ({
    source: 'the seccomp filters of running containers',
    rows: (await reachableCalls(probe, spec.architecture)).map(({ container, call, reach }) => [
      `${container}: ${call}`,
      { reach },
    ]),
  }),
  devices: async ({ probe, image }) => fromCollected(await deviceNodes(probe, image), 'device'),
}
