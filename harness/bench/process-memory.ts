import { readFileSync } from 'node:fs'

/** What a process holds, in KiB; pages that several processes map are divided among them. */
export interface HeldMemory {
  readonly pssKiB: number
  /** The part of it that are pages of one file, as the file has them: they are there without the process too. */
  readonly ofFileKiB: number
}

const mapping = /^[0-9a-f]+-[0-9a-f]+ \S{4} [0-9a-f]+ [0-9a-f]+:[0-9a-f]+ \d+ *(.*)$/
const amount = /^(Pss|Anonymous): +(\d+) kB$/

/** Adds up /proc/PID/smaps (proc(5)); a private mapping's copies of pages are anonymous and no longer the file's. */
export const parseHeldMemory = (smaps: string, file: string): HeldMemory => {
  let isFile = false
  let [pssKiB, ofFileKiB] = [0, 0]
  for (const line of smaps.split('\n')) {
    const path = mapping.exec(line)?.[1]
    if (path !== undefined) isFile = path === file
    const [, name, kibibytes] = amount.exec(line) ?? []
    if (name === 'Pss') pssKiB += Number(kibibytes)
    if (isFile && name !== undefined) ofFileKiB += name === 'Pss' ? Number(kibibytes) : -Number(kibibytes)
  }
  if (pssKiB === 0) throw new Error('expected lines "Pss: N kB" in smaps')
  return { pssKiB, ofFileKiB }
}

export const heldMemory = (pid: number, file: string): HeldMemory =>
  parseHeldMemory(readFileSync(`/proc/${pid}/smaps`, 'latin1'), file)
