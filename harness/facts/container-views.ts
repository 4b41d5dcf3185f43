import { DrydockError } from '../common/errors.ts'
import type { ContainerInfo, Link, NamespaceType, Place, Probe } from '../guest/probe.ts'
import { namespaceTypes } from '../guest/probe.ts'
import { type Mount, parseMounts } from './mounts.ts'

/** Files of a cgroup v2 that limit what is in it. */
export const limitFiles = ['memory.max', 'pids.max', 'cpu.max'] as const
export type LimitFile = (typeof limitFiles)[number]

/** A container's first process, as one side sees it. What it could not read is undefined. */
export interface ContainerView {
  readonly side: 'host' | 'within'
  /** /proc/PID/status, by field. */
  readonly status: ReadonlyMap<string, string> | undefined
  /** Inode numbers. */
  readonly namespaces: ReadonlyMap<NamespaceType, number>
  readonly mounts: readonly Mount[] | undefined
  /** AppArmor's profile or SELinux's label; undefined where the kernel has neither. */
  readonly label: string | undefined
  /** NAME=VALUE, as the process was started with. */
  readonly environment: readonly string[] | undefined
  /** Its working directory. */
  readonly directory: Link | undefined
  /** What it has open, by descriptor. */
  readonly descriptors: ReadonlyMap<number, Link>
  readonly limits: ReadonlyMap<LimitFile, string>
}

/** Both sides of one container. */
export interface ContainerViews {
  readonly host: ContainerView
  /** As the probe sees it that was started in the container, in the way of `runc exec`; or why it could not be. */
  readonly within: ContainerView | { readonly unseen: string }
}

const textOf = (content: Buffer | string | undefined): string | undefined =>
  content instanceof Buffer ? content.toString('utf8') : undefined

/** `Name:\tvalue` lines. */
export const statusFields = (text: string): ReadonlyMap<string, string> =>
  new Map(
    text.split('\n').flatMap((line): [string, string][] => {
      const colon = line.indexOf(':')
      return colon < 1 ? [] : [[line.slice(0, colon), line.slice(colon + 1).trim()]]
    }),
  )

/** NAME=VALUE entries, each ended by a zero byte; what a process writes over them has no form. */
const environmentOf = (text: string | undefined): readonly string[] | undefined =>
  text?.split('\0').filter((entry) => entry !== '')

const namespaceOf = ({ path, target }: Link): [NamespaceType, number][] => {
  const type = namespaceTypes.find((one) => path.endsWith(`/ns/${one}`))
  const [, inode] = /^[a-z]+:\[(\d+)\]$/.exec(target ?? '') ?? []
  return type === undefined || inode === undefined ? [] : [[type, Number(inode)]]
}

const descriptorOf = (link: Link): [number, Link][] => {
  const [, descriptor] = /\/fd\/(\d+)$/.exec(link.path) ?? []
  return descriptor === undefined ? [] : [[Number(descriptor), link]]
}

/**
 * @param pid as the place numbers it
 * @param cgroup the folder of its cgroup there; undefined where it is in none of version 2
 */
const look = async (
  side: ContainerView['side'],
  place: Place,
  { pid, cgroup }: { readonly pid: number; readonly cgroup: string | undefined },
): Promise<ContainerView> => {
  const folder = `/proc/${pid}`
  const limitPaths = cgroup === undefined ? [] : limitFiles.map((file) => `${cgroup}/${file}`)
  const names = ['status', 'mountinfo', 'attr/current', 'environ'].map((name) => `${folder}/${name}`)
  const contents = await place.readMany([...names, ...limitPaths])
  const links = await place.links([`${folder}/ns/*`, `${folder}/cwd`, `${folder}/fd/*`])
  const text = (name: string) => textOf(contents.get(`${folder}/${name}`))
  const [status, mounts] = [text('status'), text('mountinfo')]
  return {
    side,
    status: status === undefined ? undefined : statusFields(status),
    namespaces: new Map(links.flatMap(namespaceOf)),
    mounts: mounts === undefined ? undefined : parseMounts(mounts),
    label: text('attr/current')?.replace(/[\0\n]+$/, '') || undefined,
    environment: environmentOf(text('environ')),
    directory: links.find(({ path }) => path === `${folder}/cwd`),
    descriptors: new Map(links.flatMap(descriptorOf)),
    limits: new Map(
      limitFiles.flatMap((file): [LimitFile, string][] => {
        const limit = textOf(contents.get(`${cgroup}/${file}`))?.trim()
        return limit === undefined ? [] : [[file, limit]]
      }),
    ),
  }
}

const cgroupRoot = '/sys/fs/cgroup'

/** Where a process's cgroup is below `root`, from the line of version 2 in /proc/PID/cgroup. */
const cgroupFolder = (text: string | undefined, root: string): string | undefined => {
  const path = text
    ?.split('\n')
    .find((line) => line.startsWith('0::'))
    ?.slice(3)
  return path === undefined ? undefined : `${root}${path === '/' ? '' : path}`
}

const viewsOf = async (probe: Probe, { id, pid }: ContainerInfo): Promise<ContainerViews> => {
  const cgroupOf = async (place: Place, number: number) => {
    const path = `/proc/${number}/cgroup`
    return cgroupFolder(textOf((await place.readMany([path])).get(path)), cgroupRoot)
  }
  const host = await look('host', probe.host, { pid, cgroup: await cgroupOf(probe.host, pid) })
  const inner = Number(host.status?.get('NSpid')?.split(/\s+/).at(-1) ?? pid)
  const place = probe.container(id)
  try {
    return { host, within: await look('within', place, { pid: inner, cgroup: await cgroupOf(place, inner) }) }
  } catch (error) {
    if (!(error instanceof DrydockError) || error.code !== 'PLACE_UNREACHABLE') throw error
    return { host, within: { unseen: error.shortMessage } }
  }
}

const known = new WeakMap<Probe, Map<string, Promise<ContainerViews>>>()

/** Vantage inside, from two sides: looked at once of each container of a guest. */
export const containerViews = (probe: Probe, container: ContainerInfo): Promise<ContainerViews> => {
  const ofProbe = known.get(probe) ?? new Map<string, Promise<ContainerViews>>()
  known.set(probe, ofProbe)
  const name = `${container.namespace ?? ''}/${container.id}`
  const views = ofProbe.get(name) ?? viewsOf(probe, container)
  ofProbe.set(name, views)
  return views
}
