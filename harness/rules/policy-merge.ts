import { dirname, resolve } from 'node:path'
import type { Architecture } from '../common/architecture.ts'
import { mergeDaemons } from './daemons/daemon-policy.ts'
import type { ContainerExpectation, Policy, TrustedContainer, Waiver } from './policy.ts'
import { isPolicyPath } from './policy-chain.ts'
import type { PolicyLayer } from './policy-schema.ts'

/** A layer and where it was read. */
export interface ReadLayer {
  readonly file: string
  readonly layer: PolicyLayer
  /** The line of each waiver, in their order. */
  readonly waiverLines: readonly number[]
}

type Entries<T> = Readonly<Record<string, T | null>> | undefined

/** Entries of all layers by name; null takes out. Own properties only, whatever the names are. */
const mergeEntries = <T>(layers: readonly Entries<T>[]): ReadonlyMap<string, T> => {
  const merged = new Map<string, T>()
  for (const layer of layers) {
    for (const [name, value] of Object.entries(layer ?? {})) {
      if (value === null) merged.delete(name)
      else merged.set(name, value)
    }
  }
  return merged
}

const words = (parameters: ReadonlyMap<string, string | number | true>): readonly string[] =>
  [...parameters].map(([name, value]) => (value === true ? name : `${name}=${value}`))

const withoutUndefined = <T extends object>(value: T): { [Key in keyof T]?: Exclude<T[Key], undefined> } =>
  Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as {
    [Key in keyof T]?: Exclude<T[Key], undefined>
  }

/** What holds where no layer says otherwise. */
const strictest: ContainerExpectation = {
  capabilities: [],
  namespaces: ['cgroup', 'ipc', 'mnt', 'net', 'pid', 'uts'],
  limits: ['memory', 'pids'],
  seccomp: true,
  noNewPrivileges: true,
  readOnlyRoot: true,
}

/** The last layer that names one decides; a path is relative to the file that it stands in. */
const kernelPolicyOf = (read: readonly ReadLayer[]): string => {
  const last = read.findLast(({ layer }) => layer.kernel !== undefined)
  const name = last?.layer.kernel
  if (last === undefined || name === undefined) return 'moby'
  return isPolicyPath(name) ? resolve(dirname(last.file), name) : name
}

/** Lays the layers over each other, the base first; what stands in files of their own is left out. */
export const mergeLayers = (read: readonly ReadLayer[]): Omit<Policy, 'inventory'> => {
  const layers = read.map(({ layer }) => layer)
  const last = <Value>(of: (layer: PolicyLayer) => Value | undefined): Value | undefined =>
    layers.map(of).findLast((value) => value !== undefined)
  let expectation = strictest
  for (const layer of layers)
    expectation = { ...expectation, ...withoutUndefined(layer.containers?.default ?? {}) }
  const named = mergeEntries(layers.map((layer) => layer.containers?.named))
  const parametersOf = (side: 'required' | 'forbidden', architecture: Architecture): readonly string[] =>
    words(
      mergeEntries(layers.flatMap(({ cmdline }) => [cmdline?.[side]?.all, cmdline?.[side]?.[architecture]])),
    )
  const cmdlineOf = (side: 'required' | 'forbidden') => ({
    x86_64: parametersOf(side, 'x86_64'),
    arm64: parametersOf(side, 'arm64'),
  })
  return {
    sources: read.map(({ file }) => file),
    mounts: {
      writable: [...mergeEntries(layers.map(({ mounts }) => mounts?.writable))].map(([path, mount]) => ({
        path,
        ...mount,
      })),
    },
    files: {
      setuid: Object.fromEntries(mergeEntries(layers.map(({ files }) => files?.setuid))),
      capabilities: Object.fromEntries(mergeEntries(layers.map(({ files }) => files?.capabilities))),
    },
    network: { sends: Object.fromEntries(mergeEntries(layers.map(({ network }) => network?.sends))) },
    disks: { stateful: Object.fromEntries(mergeEntries(layers.map(({ disks }) => disks?.stateful))) },
    cmdline: { required: cmdlineOf('required'), forbidden: cmdlineOf('forbidden') },
    kernel: kernelPolicyOf(read),
    daemons: mergeDaemons(layers.map(({ daemons }) => daemons)),
    lockdown: last(({ lockdown }) => lockdown) ?? 'confidentiality',
    securityModules: last(({ securityModules }) => securityModules) ?? [],
    panic: last(({ panic }) => panic) ?? { end: 'restart', withinSeconds: 60 },
    sysctls: Object.fromEntries(
      [...mergeEntries(layers.map(({ sysctls }) => sysctls))].map(([name, value]) => [
        name,
        [value].flat().map(String),
      ]),
    ),
    containers: {
      default: expectation,
      named: Object.fromEntries(
        [...named].map(([name, entry]): [string, TrustedContainer | ContainerExpectation] => {
          if ('trusted' in entry) return [name, entry]
          const { reason: _, ...overrides } = entry
          return [name, { ...expectation, ...withoutUndefined(overrides) }]
        }),
      ),
    },
    waivers: read.flatMap(({ file, layer, waiverLines }) =>
      (layer.waivers ?? []).map(
        (waiver, index): Waiver => ({
          ...waiver,
          architecture: waiver.architecture,
          file,
          line: waiverLines[index] ?? 1,
        }),
      ),
    ),
  }
}
