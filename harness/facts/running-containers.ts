import { type NamespaceType, namespaceTypes, type Probe, type ProcessInfo } from '../guest/probe.ts'
import { capabilityNames } from './capabilities.ts'
import { parseMounts } from './mounts.ts'

type Properties = Readonly<Record<string, string>>

const seccompModes = ['none', 'strict', 'filter']

const namespaceNames = (process: ProcessInfo, pick: (type: NamespaceType) => boolean): string =>
  namespaceTypes.filter((type) => process.namespaces[type] !== undefined && pick(type)).join(' ')

/** What a process may do, in words that records keep. */
const propertiesOf = (process: ProcessInfo, init: ProcessInfo | undefined): Properties => ({
  user: String(process.uid),
  'effective capabilities': capabilityNames(process.capabilities.effective).join(' '),
  'bounding capabilities': capabilityNames(process.capabilities.bounding).join(' '),
  seccomp: seccompModes[process.seccomp] ?? String(process.seccomp),
  'no new privileges': process.noNewPrivileges ? 'yes' : 'no',
  'namespaces of the host': namespaceNames(
    process,
    (type) => process.namespaces[type] === init?.namespaces[type],
  ),
  label: process.label ?? '',
})

const first = (processes: readonly ProcessInfo[]): ProcessInfo | undefined =>
  processes.find(({ pid }) => pid === 1)

/** cgroup v2 files, by the property that they are. */
const limits = {
  'process limit': 'pids.max',
  'memory limit': 'memory.max',
  'CPU limit': 'cpu.max',
} as const

/** Vantage inside: how each running container is held, by its id. */
export const containerProperties = async (probe: Probe): Promise<ReadonlyMap<string, Properties>> => {
  const processes = await probe.processes()
  const found: [string, Properties][] = []
  for (const { id, pid } of await probe.containers()) {
    const process = processes.find((candidate) => candidate.pid === pid)
    if (process === undefined) continue
    const cgroup = `/sys/fs/cgroup${process.cgroup ?? ''}`
    const files = await probe.host.readMany(Object.values(limits).map((name) => `${cgroup}/${name}`))
    const mounts = parseMounts((await probe.host.read(`/proc/${pid}/mountinfo`)).toString('utf8'))
    const root = mounts.find(({ mountPoint }) => mountPoint === '/')
    const textOf = (name: string): string => {
      const content = files.get(`${cgroup}/${name}`)
      return content instanceof Buffer ? content.toString('latin1').trim() : 'unknown'
    }
    found.push([
      id,
      {
        ...propertiesOf(process, first(processes)),
        root:
          root?.options.has('ro') === true || root?.superOptions.has('ro') === true
            ? 'read-only'
            : 'writable',
        ...Object.fromEntries(Object.entries(limits).map(([name, file]) => [name, textOf(file)])),
      },
    ])
  }
  return new Map(found.sort(([one], [other]) => (one < other ? -1 : 1)))
}
