import { readFileSync, readlinkSync } from 'node:fs'

/**
 * Names one process for as long as the host is up: process id, start time in clock ticks since the host's boot, and
 * pid namespace, as `PID-TICKS-NAMESPACE`. A process id alone is used again.
 */
export type ProcessIdentity = string

const pattern = /^(\d+)-(\d+)-(\d+)$/

export const ownIdentity = (): ProcessIdentity =>
  `${process.pid}-${startTicks(process.pid)}-${pidNamespace()}`

/** False only where that process is surely gone; one of another pid namespace cannot be seen and may live. */
export const mayBeAlive = (identity: ProcessIdentity): boolean => {
  const [, pid, ticks, namespace] = pattern.exec(identity) ?? []
  if (pid === undefined) return false
  return namespace !== pidNamespace() || startTicks(Number(pid)) === ticks
}

/** Field 22 of /proc/PID/stat; the name in field 2 may hold blanks and brackets. */
const startTicks = (pid: number): string | undefined => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
  } catch {
    return undefined
  }
}

const pidNamespace = () => /\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? '0'
