import type { Attempted, Place } from '../../guest/probe.ts'
import { type Collected, inOrder } from './collected.ts'

/** Names by number (include/linux/socket.h, Linux 7.2); those without one were never given out, or taken back. */
const names: readonly (string | undefined)[] = [
  ...[undefined, 'AF_UNIX', 'AF_INET', 'AF_AX25', 'AF_IPX', 'AF_APPLETALK', 'AF_NETROM', 'AF_BRIDGE'],
  ...['AF_ATMPVC', 'AF_X25', 'AF_INET6', 'AF_ROSE', 'AF_DECnet', 'AF_NETBEUI', 'AF_SECURITY', 'AF_KEY'],
  ...['AF_NETLINK', 'AF_PACKET', 'AF_ASH', 'AF_ECONET', 'AF_ATMSVC', 'AF_RDS', 'AF_SNA', 'AF_IRDA'],
  ...['AF_PPPOX', 'AF_WANPIPE', 'AF_LLC', 'AF_IB', 'AF_MPLS', 'AF_CAN', 'AF_TIPC', 'AF_BLUETOOTH'],
  ...['AF_IUCV', 'AF_RXRPC', 'AF_ISDN', 'AF_PHONET', 'AF_IEEE802154', 'AF_CAIF', 'AF_ALG', 'AF_NFC'],
  ...['AF_VSOCK', 'AF_KCM', 'AF_QIPCRTR', 'AF_SMC', 'AF_XDP', 'AF_MCTP'],
]

/** Numbers that are tried: some more than there are names, for the kernels to come. */
const tried = 50

/** The families of which root on the host can open a socket. A module may be loaded by it: to be called in a fork. */
export const socketFamilies = async (host: Place): Promise<Collected> => {
  const found: [string, string][] = []
  const unread: { subject: string; reason: string }[] = []
  for (let family = 1; family < tried; family += 1) {
    const name = names[family] ?? `family ${family}`
    const attempted = await host.try('socket', { family })
    const there = isThere(attempted)
    if (there === undefined) unread.push({ subject: name, reason: describe(attempted) })
    else if (there) found.push([name, ''])
  }
  return { entries: inOrder(found), source: `socket(2) of ${tried - 1} families`, looked: tried - 1, unread }
}

/** Undefined: it could not be tried. Any other errno than this one comes from the family itself. */
const isThere = (attempted: Attempted): boolean | undefined => {
  if (attempted.outcome === 'refused') return attempted.errno !== 'EAFNOSUPPORT'
  return attempted.outcome === 'allowed' || (/ answered E[A-Z]+/.test(attempted.reason) ? true : undefined)
}

const describe = (attempted: Attempted): string =>
  attempted.outcome === 'impossible' ? attempted.reason : attempted.outcome
