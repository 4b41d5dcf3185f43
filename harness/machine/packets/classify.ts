/** What a packet is, as far as its headers tell. */
export interface PacketKind {
  /** `arp`, `dhcp`, `dns`, `tcp`, `icmpv6 router-solicitation`, `ethertype 0x88cc`... */
  readonly protocol: string
  /** Address, with the port where there is one: `10.0.2.3:53`. Undefined where the protocol has none. */
  readonly to: string | undefined
  /** It belongs to a connection that others opened, or answers what they asked: nothing that the guest began. */
  readonly answer: boolean
}

/** Ports that one protocol is known by (the registry of IANA). */
const udpServices: Readonly<Record<number, string>> = {
  53: 'dns',
  67: 'dhcp',
  69: 'tftp',
  123: 'ntp',
  514: 'syslog',
  547: 'dhcpv6',
  1900: 'ssdp',
  5353: 'mdns',
  5355: 'llmnr',
}

/** Types of ICMPv6 (RFC 4443, 4861, 2710, 3810). */
const icmpv6Types: Readonly<Record<number, string>> = {
  128: 'echo-request',
  131: 'multicast-report',
  132: 'multicast-done',
  133: 'router-solicitation',
  135: 'neighbour-solicitation',
  136: 'neighbour-advertisement',
  143: 'multicast-report',
}
const icmpAnswers = new Set([0, 3, 11, 12, 14])
const icmpv6Answers = new Set([1, 2, 3, 4, 129])

const [icmp, igmp, tcp, udp, icmpv6] = [1, 2, 6, 17, 58]
/** Headers between IPv6 and what it carries, which all begin alike (RFC 8200): hop by hop, routing, destination. */
const extensions = new Set([0, 43, 60])
const mostExtensions = 8
const unreadable: PacketKind = { protocol: 'unreadable', to: undefined, answer: false }

const transport = (protocol: number, body: Buffer, to: string, at: string): PacketKind => {
  const kind = (name: string, answer = false): PacketKind => ({ protocol: name, to, answer })
  switch (protocol) {
    case icmp:
      return body.length < 1 ? unreadable : kind('icmp', icmpAnswers.has(body.readUInt8(0)))
    case igmp:
      return kind('igmp')
    case icmpv6: {
      if (body.length < 1) return unreadable
      const type = body.readUInt8(0)
      return kind(`icmpv6 ${icmpv6Types[type] ?? type}`, icmpv6Answers.has(type))
    }
    case tcp:
    case udp: {
      if (body.length < (protocol === tcp ? 14 : 8)) return unreadable
      const port = body.readUInt16BE(2)
      if (protocol === udp) return { ...kind(udpServices[port] ?? 'udp'), to: `${at}:${port}` }
      // SYN alone opens a connection.
      return { ...kind('tcp', (body.readUInt8(13) & 0x12) !== 0x02), to: `${at}:${port}` }
    }
    default:
      return kind(`ip protocol ${protocol}`)
  }
}

const ipv4 = (packet: Buffer): PacketKind => {
  if (packet.length < 20) return unreadable
  const headerLength = (packet.readUInt8(0) & 0xf) * 4
  if (headerLength < 20 || packet.length < headerLength) return unreadable
  const to = packet.subarray(16, 20).join('.')
  // Only the first fragment has the header of what is carried.
  if ((packet.readUInt16BE(6) & 0x1fff) !== 0) return { protocol: 'ip fragment', to, answer: false }
  return transport(packet.readUInt8(9), packet.subarray(headerLength), to, to)
}

const ipv6Address = (bytes: Buffer): string =>
  Array.from({ length: 8 }, (_, group) => bytes.readUInt16BE(2 * group).toString(16)).join(':')

const ipv6 = (packet: Buffer): PacketKind => {
  if (packet.length < 40) return unreadable
  const to = ipv6Address(packet.subarray(24, 40))
  let next = packet.readUInt8(6)
  let body = packet.subarray(40)
  for (let seen = 0; extensions.has(next); seen += 1) {
    const length = body.length < 2 ? Number.POSITIVE_INFINITY : 8 * (body.readUInt8(1) + 1)
    if (seen === mostExtensions || length > body.length) return unreadable
    next = body.readUInt8(0)
    body = body.subarray(length)
  }
  return transport(next, body, to, `[${to}]`)
}

/** What an Ethernet frame carries; never throws, whatever the bytes are. */
export const classify = (frame: Buffer): PacketKind => {
  if (frame.length < 14) return unreadable
  const type = frame.readUInt16BE(12)
  const body = frame.subarray(14)
  switch (type) {
    case 0x0800:
      return ipv4(body)
    case 0x86dd:
      return ipv6(body)
    case 0x0806:
      return body.length < 8
        ? unreadable
        : { protocol: 'arp', to: undefined, answer: body.readUInt16BE(6) === 2 }
    default:
      return { protocol: `ethertype 0x${type.toString(16).padStart(4, '0')}`, to: undefined, answer: false }
  }
}
