import type { Probe, ProcessInfo } from '../../guest/probe.ts'
import { processName } from '../running-code.ts'
import { type Collected, inOrder } from './collected.ts'

/** A socket that others can reach. */
export interface Listener {
  /** `tcp 0.0.0.0:22`, `udp6 [::]:68`, `unix /run/x.sock`. */
  readonly name: string
  readonly inode: number
}

type Table = 'tcp' | 'tcp6' | 'udp' | 'udp6' | 'udplite' | 'udplite6' | 'raw' | 'raw6' | 'packet' | 'unix'

/** Files of /proc/PID/net, of which a kernel may lack some. */
export const socketTables = [
  'tcp',
  'tcp6',
  'udp',
  'udp6',
  'udplite',
  'udplite6',
  'raw',
  'raw6',
  'packet',
  'unix',
] as const satisfies readonly Table[]

/** The kernel prints addresses as words of the processor, which is little-endian on both architectures. */
const addressOf = (hexadecimal: string): string => {
  const bytes = Buffer.from(hexadecimal, 'hex')
  bytes.swap32()
  if (bytes.length === 4) return bytes.join('.')
  const groups = Array.from({ length: 8 }, (_, group) => bytes.readUInt16BE(2 * group).toString(16))
  return groups.every((group) => group === '0') ? '[::]' : `[${groups.join(':')}]`
}

const listening = '0A'
const internet =
  /^\s*\d+: ([0-9A-F]{8}(?:[0-9A-F]{24})?):([0-9A-F]{4}) ([0-9A-F]+):([0-9A-F]{4}) ([0-9A-F]{2}) /

const internetListeners = (table: Table, text: string): readonly Listener[] =>
  text.split('\n').flatMap((line) => {
    const [, address, port, , remotePort, state] = internet.exec(line) ?? []
    if (address === undefined || port === undefined) return []
    // A datagram socket listens as long as it is not connected.
    if (table.startsWith('tcp') ? state !== listening : remotePort !== '0000') return []
    const inode = Number(line.trim().split(/\s+/)[9])
    const number = Number.parseInt(port, 16)
    // What a raw socket has in the place of a port is a protocol.
    const place = table.startsWith('raw')
      ? `${addressOf(address)} protocol ${number}`
      : `${addressOf(address)}:${number}`
    return [{ name: `${table} ${place}`, inode }]
  })

const packetListeners = (text: string): readonly Listener[] =>
  text
    .split('\n')
    .slice(1)
    .flatMap((line) => {
      const fields = line.trim().split(/\s+/)
      const [, , type, protocol, device, , , , inode] = fields
      return inode === undefined
        ? []
        : [{ name: `packet type ${type}, protocol ${protocol}, interface ${device}`, inode: Number(inode) }]
    })

// Flags with __SO_ACCEPTCON (net/unix/af_unix.c). containerd names its sockets by hashes, runc by numbers.
const acceptsConnections = 0x10000
const hash = /[0-9a-f]{40,}/g

const unixListeners = (text: string): readonly Listener[] =>
  text.split('\n').flatMap((line) => {
    const [, flags, inode, path] =
      /^[0-9a-fA-F]+: [0-9A-F]+ [0-9A-F]+ ([0-9A-F]{8}) [0-9A-F]{4} [0-9A-F]{2}\s+(\d+) (.+)$/.exec(line) ??
      []
    if (flags === undefined || path === undefined) return []
    if ((Number.parseInt(flags, 16) & acceptsConnections) === 0) return []
    return [{ name: `unix ${path.replace(hash, '*')}`, inode: Number(inode) }]
  })

/** The sockets of one table that can be reached. */
export const parseListeners = (table: Table, text: string): readonly Listener[] => {
  if (table === 'unix') return unixListeners(text)
  return table === 'packet' ? packetListeners(text) : internetListeners(table, text)
}

/** One process of each network namespace, that of pid 1 first. */
const networks = (processes: readonly ProcessInfo[]): readonly ProcessInfo[] =>
  [
    ...new Map(
      processes
        .filter(({ namespaces }) => namespaces.net !== undefined)
        .toSorted((one, other) => one.pid - other.pid)
        .toReversed()
        .map((process) => [process.namespaces.net, process]),
    ).values(),
  ].toReversed()

/** Every socket that listens, in each network namespace, with the programs that have it open. */
export const listeners = async (probe: Probe): Promise<Collected> => {
  const processes = (await probe.processes()).filter(({ kernelThread }) => !kernelThread)
  const owners = Map.groupBy(await probe.socketOwners(), ({ inode }) => inode)
  const found = new Map<string, string>()
  let looked = 0
  for (const { pid, container } of networks(processes)) {
    const prefix = container === undefined ? '' : `${container}:`
    const files = await probe.host.readMany(socketTables.map((table) => `/proc/${pid}/net/${table}`))
    for (const table of socketTables) {
      const content = files.get(`/proc/${pid}/net/${table}`)
      if (!(content instanceof Buffer)) continue
      looked += 1
      for (const { name, inode } of parseListeners(table, content.toString('latin1'))) {
        const who = (owners.get(inode) ?? []).flatMap(
          (owner) => processes.find((process) => process.pid === owner.pid) ?? [],
        )
        const programs = [...new Set(who.map(processName))].sort()
        found.set(`${prefix}${name}`, programs.length === 0 ? 'the kernel' : programs.join(', '))
      }
    }
  }
  return { entries: inOrder(found), source: `${looked} tables below /proc/PID/net`, looked, unread: [] }
}
