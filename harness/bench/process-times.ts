import { readFileSync } from 'node:fs'

/** Clock ticks of times(2) per second: USER_HZ, which is 100 on every architecture that Drydock runs on. */
const ticksPerSecond = 100

export interface ProcessTimes {
  /** Milliseconds of processor time that the process itself used. */
  readonly ownMs: number
  /** Milliseconds that its children used which have ended and been waited for. */
  readonly childrenMs: number
}

/** Fields 14 to 17 of /proc/PID/stat (proc(5)); the name in field 2 may hold blanks and brackets. */
export const parseProcessTimes = (stat: string): ProcessTimes => {
  const [utime = 0, stime = 0, cutime = 0, cstime = 0] = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 15)
    .map(Number)
  const milliseconds = (ticks: number): number => (ticks * 1000) / ticksPerSecond
  return { ownMs: milliseconds(utime + stime), childrenMs: milliseconds(cutime + cstime) }
}

export const processTimes = (pid: number | 'self'): ProcessTimes =>
  parseProcessTimes(readFileSync(`/proc/${pid}/stat`, 'latin1'))
