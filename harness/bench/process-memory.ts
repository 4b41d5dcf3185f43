import { readFileSync } from 'node:fs'

/** `Pss` of /proc/PID/smaps_rollup (proc(5)) in KiB: what a process holds, shared pages divided among those that share. */
export const parsePss = (rollup: string): number => {
  const found = /^Pss: +(\d+) kB$/m.exec(rollup)?.[1]
  if (found === undefined) throw new Error('expected a line "Pss: N kB" in smaps_rollup')
  return Number(found)
}

export const pssKiB = (pid: number): number => parsePss(readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1'))
