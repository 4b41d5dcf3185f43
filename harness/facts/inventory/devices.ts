import type { Probe } from '../../guest/probe.ts'
import type { Image } from '../../image/image.ts'
import { collectNames, modeAndOwner } from './at-rest.ts'
import { type Collected, inOrder } from './collected.ts'
import { inRanges } from './device-ranges.ts'

/** Character devices whose numbers the kernel gives out as drivers come (Documentation/admin-guide/devices.txt). */
const isDynamic = (type: string, major: number, minor: number): boolean => {
  if (type === 'character')
    return (major >= 234 && major <= 254) || major >= 384 || (major === 10 && minor >= 128)
  return (major >= 240 && major <= 254) || major >= 259
}

/** dev_t as userspace has it (gnu_dev_major(3)). */
const numbersOf = (device: bigint): { readonly major: number; readonly minor: number } => ({
  major: Number(((device >> 8n) & 0xfffn) | ((device >> 32n) & 0xfffff000n)),
  minor: Number((device & 0xffn) | ((device >> 12n) & 0xffffff00n)),
})

const row = /^([0-7]{4}) (\d+:\d+) (character|block)-device (\d+)$/

/** A line of `Place.hashTree`; undefined for what is no device. */
export const describeDevice = (line: string): string | undefined => {
  const [, mode, owner, type, device] = row.exec(line) ?? []
  if (mode === undefined || owner === undefined || type === undefined || device === undefined)
    return undefined
  const { major, minor } = numbersOf(BigInt(device))
  const number = isDynamic(type, major, minor) ? 'a number of its own' : `${major}:${minor}`
  return `${type} ${number}, ${mode} ${owner}`
}

/** Terminals come with whoever logs in. */
const comesAndGoes = /\/pts\/\d+$/

const devicesBelow = async (probe: Probe, root: string): Promise<ReadonlyMap<string, string>> => {
  const found = new Map<string, string>()
  for (const [path, line] of await probe.host.hashTree([`${root}/dev`])) {
    const detail = comesAndGoes.test(path) ? undefined : describeDevice(line)
    if (detail !== undefined) found.set(path.slice(root.length), detail)
  }
  return found
}

/** Whether a container has all that the host has: then the list need not have it twice. */
const hasAll = (own: ReadonlyMap<string, string>, host: ReadonlyMap<string, string>): boolean =>
  [...host].every(([name, detail]) => own.get(name) === detail)

/** Device nodes of the host, of each container, and those that lie in the image. */
export const deviceNodes = async (probe: Probe, image: Image): Promise<Collected> => {
  const host = await devicesBelow(probe, '')
  const found: [string, string][] = [...host]
  let looked = host.size
  const containers = await probe.containers()
  for (const { id, pid } of containers) {
    const own = await devicesBelow(probe, `/proc/${pid}/root`)
    looked += own.size
    const shared = host.size > 0 && hasAll(own, host)
    if (shared) found.push([`${id}:/dev`, 'all that the host has'])
    for (const [name, detail] of own) {
      if (!shared || !host.has(name)) found.push([`${id}:${name}`, detail])
    }
  }
  const atRest = collectNames(image, ({ entry }) =>
    entry.device === undefined
      ? undefined
      : `${entry.type} ${entry.device.major}:${entry.device.minor}, ${modeAndOwner(entry)}`,
  )
  for (const [name, detail] of atRest.entries) found.push([`at rest:${name}`, detail])
  return {
    entries: inOrder(inRanges(found)),
    source: `${looked} device nodes on the host and in ${containers.length} containers, and ${atRest.source}`,
    looked,
    unread: atRest.unread,
  }
}
