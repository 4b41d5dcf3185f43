import type { Probe } from '../../guest/probe.ts'
import { type Mount, parseMounts, visibleMounts } from '../mounts.ts'
import { processName } from '../running-code.ts'
import { type Collected, inOrder } from './collected.ts'

/** Modules in the running kernel. */
export const loadedModules = async ({ host }: Probe): Promise<Collected> => {
  const path = '/proc/modules'
  const content = (await host.readMany([path])).get(path)
  const base = { source: path, looked: 1, unread: [] }
  // A kernel without modules has no such file.
  if (content === 'ENOENT') return { ...base, entries: new Map() }
  if (!(content instanceof Buffer)) {
    return { ...base, entries: new Map(), looked: 0, unread: [{ subject: path, reason: String(content) }] }
  }
  const modules = content.toString('latin1').split('\n')
  return {
    ...base,
    entries: inOrder(
      modules.flatMap((line): [string, string][] => {
        const [name] = line.split(' ')
        return name === undefined || name === '' ? [] : [[name, '']]
      }),
    ),
  }
}

const flagOrder = ['nosuid', 'nodev', 'noexec', 'nosymfollow']

/** File system, whether it can be written, and flags: what is the same on every boot. */
export const describeMountFlags = ({ fileSystem, options, superOptions, root }: Mount): string => {
  const writable = options.has('rw') && superOptions.has('rw') ? 'rw' : 'ro'
  const flags = flagOrder.filter((flag) => options.has(flag))
  return [`${fileSystem} ${[writable, ...flags].join(',')}`, ...(root === '/' ? [] : [`of ${root}`])].join(
    ' ',
  )
}

/** Mounts as pid 1 sees them and as the first process of each container does. */
export const mounts = async (probe: Probe): Promise<Collected> => {
  const places = [
    { prefix: '', pid: 1 },
    ...(await probe.containers()).map(({ id, pid }) => ({ prefix: `${id}:`, pid })),
  ]
  const found: [string, string][] = []
  for (const { prefix, pid } of places) {
    const table = (await probe.host.read(`/proc/${pid}/mountinfo`)).toString('utf8')
    for (const mount of visibleMounts(parseMounts(table))) {
      found.push([`${prefix}${mount.mountPoint}`, describeMountFlags(mount)])
    }
  }
  return {
    entries: inOrder(found),
    source: `/proc/PID/mountinfo of pid 1 and ${places.length - 1} containers`,
    looked: places.length,
    unread: [],
  }
}

/** What runs besides the kernel's threads and the probe, each program of each user once. */
export const processes = async (probe: Probe): Promise<Collected> => {
  const all = await probe.processes()
  const found = all
    .filter(({ kernelThread }) => !kernelThread)
    .map((process): [string, string] => [`${processName(process)} as ${process.uid}`, ''])
  return { entries: inOrder(found), source: `${all.length} processes`, looked: all.length, unread: [] }
}
