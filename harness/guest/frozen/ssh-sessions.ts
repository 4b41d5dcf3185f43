import { setTimeout } from 'node:timers/promises'
import type { Probe } from '../probe.ts'
import type { Shell } from '../shell.ts'

const tables = ['/proc/net/tcp', '/proc/net/tcp6']
const sshPort = 22
const listening = 0x0a

/**
 * Whether a process of the guest still holds a connection to its port 22.
 * @param text Of /proc/net/tcp and tcp6: local address, remote address, state, ... inode (0: no process has it)
 */
export const hasSshConnection = (text: string): boolean =>
  text.split('\n').some((line) => {
    const [, local = '', , state = '', , , , , , inode = '0'] = line.trim().split(/\s+/)
    const port = Number.parseInt(local.split(':').at(-1) ?? '', 16)
    return port === sshPort && Number.parseInt(state, 16) !== listening && inode !== '0'
  })

const goodbyeMs = 5000
const pauseMs = 50

/** A way to read the tables that is no ssh connection itself. */
const reader = (probe: Probe | undefined, serial: Shell | undefined): (() => Promise<string>) | undefined => {
  if (probe !== undefined && probe.way !== 'ssh')
    return async () => [...(await probe.host.readMany(tables)).values()].join('\n')
  if (serial === undefined) return undefined
  return async () => (await serial.run(`cat ${tables.join(' ')} 2>/dev/null`)).stdout.toString()
}

/**
 * Waits until sshd's processes for connections that were closed have ended, so that no fork has them.
 * One that stays is left: it holds a connection to nobody.
 */
export const untilSshSessionsEnd = async (
  probe: Probe | undefined,
  serial: Shell | undefined,
): Promise<void> => {
  const read = reader(probe, serial)
  const deadline = performance.now() + goodbyeMs
  while (read !== undefined && performance.now() < deadline && hasSshConnection(await read())) {
    await setTimeout(pauseMs)
  }
}
