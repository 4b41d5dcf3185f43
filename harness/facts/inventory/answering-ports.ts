import { connect, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import type { Guest } from '../../guest/guest.ts'
import { answerOf, type Forwarded, parseForwarded } from './forwarded-connections.ts'

/** What the TCP ports of a guest did when they were tried from outside. */
export interface PortScan {
  readonly answering: readonly number[]
  readonly refusing: readonly number[]
  /** Neither in time: something drops the packets, or no network is up. */
  readonly silent: readonly number[]
  /** Why ports could not be tried. */
  readonly problems: readonly string[]
}

/** Above the well-known ones, where services that are often left open listen. */
const registered = [
  ...[
    1080, 1194, 1433, 1883, 2049, 2222, 2375, 2376, 2379, 2380, 3000, 3128, 3306, 3389, 4000, 4001, 4194,
    4243,
  ],
  ...[
    5000, 5432, 5555, 5672, 5900, 5985, 6000, 6379, 6443, 6666, 7946, 8000, 8008, 8080, 8081, 8125, 8443,
    8500,
  ],
  ...[
    8888, 9000, 9090, 9091, 9100, 9200, 9323, 10000, 10010, 10248, 10249, 10250, 10255, 10256, 10257, 10259,
  ],
  ...[11211, 15672, 16509, 27017, 44321, 49152, 50000, 50051, 61208],
]

/** 1 to 1023, and others that are worth a try. */
export const scannedPorts: readonly number[] = [
  ...Array.from({ length: 1023 }, (_, index) => index + 1),
  ...registered,
]

/** Ports at a time: each takes two files of QEMU, which may have few. */
const batchSize = 128
const patienceMs = 20_000
const betweenMs = 50

const forward = (port: number): string => `tcp:127.0.0.1:0-:${port}`

/** Vantage outside: opens connections to TCP ports of the guest through QEMU's network, and closes them again. */
export const scanPorts = async (guest: Guest, ports: readonly number[]): Promise<PortScan> => {
  const scan = {
    answering: [] as number[],
    refusing: [] as number[],
    silent: [] as number[],
    problems: [] as string[],
  }
  const unique = [...new Set(ports)].sort((one, other) => one - other)
  for (let start = 0; start < unique.length; start += batchSize) {
    await scanBatch(guest, unique.slice(start, start + batchSize), scan)
  }
  return scan
}

type Growing = { readonly [Key in keyof PortScan]: PortScan[Key][number][] }

type Qmp = Guest['machine']['qmp']

/** Ports of the host that wait for connections. */
const forwards = async (qmp: Qmp): Promise<readonly Forwarded[]> =>
  parseForwarded(await qmp.human('info usernet')).filter(({ state }) => state === 'HOST_FORWARD')

/** A connection to a port of the guest, from the host's end of it. */
interface Attempt {
  readonly port: number
  readonly hostPort: number
  readonly socket: Socket
  readonly ended: () => boolean
}

const attempt = (port: number, hostPort: number): Attempt => {
  const socket = connect({ host: '127.0.0.1', port: hostPort })
  let ended = false
  socket.on('error', () => {}) // a refusal may come as a reset, and is seen by the end
  socket.on('end', () => {
    ended = true
  })
  socket.on('close', () => {
    ended = true
  })
  socket.resume()
  return { port, hostPort, socket, ended: () => ended }
}

const scanBatch = async ({ machine: { qmp } }: Guest, ports: readonly number[], scan: Growing) => {
  const before = new Set((await forwards(qmp)).map(({ hostPort }) => hostPort))
  for (const port of ports) {
    const said = (await qmp.human(`hostfwd_add net ${forward(port)}`)).trim()
    if (said !== '') scan.problems.push(`port ${port}: ${said}`)
  }
  const attempts = (await forwards(qmp))
    .filter(({ hostPort }) => !before.has(hostPort))
    .map(({ guestPort, hostPort }) => attempt(guestPort, hostPort))
  try {
    await sortOut(qmp, attempts, scan)
  } finally {
    for (const { socket } of attempts) socket.destroy()
    for (const { hostPort } of attempts) await qmp.human(`hostfwd_remove net tcp:127.0.0.1:${hostPort}`)
  }
}

/** Asks QEMU again and again until each connection is either taken or over. */
const sortOut = async (qmp: Qmp, attempts: readonly Attempt[], scan: Growing) => {
  const deadline = performance.now() + patienceMs
  let waiting = attempts
  for (;;) {
    const connections = parseForwarded(await qmp.human('info usernet'))
    waiting = waiting.filter(({ port, ended }) => {
      const answer = answerOf(connections, port, ended())
      if (answer === undefined) return true
      ;(answer ? scan.answering : scan.refusing).push(port)
      return false
    })
    if (waiting.length === 0) return
    if (performance.now() >= deadline) break
    await pause(betweenMs)
  }
  scan.silent.push(...waiting.map(({ port }) => port))
}
