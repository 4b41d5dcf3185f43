import { spawnSync } from 'node:child_process'

// The kernel takes at most 128 KiB for one argument and 2 MiB for all.
const argumentBytes = 512 * 1024

/** Splits paths so that each part fits on a command line. */
const parts = (paths: readonly string[]): readonly (readonly string[])[] => {
  const all: string[][] = []
  let left = 0
  for (const path of paths) {
    left -= path.length + 9
    if (left < 0) {
      all.push([])
      left = argumentBytes - path.length
    }
    all.at(-1)?.push(path)
  }
  return all
}

/** `PATH CAPABILITIES`, with ` =` between them before libcap 2.41. A path may have blanks. */
const parseLine = (line: string, known: ReadonlySet<string>): readonly [string, string] | undefined => {
  for (let at = line.indexOf(' '); at !== -1; at = line.indexOf(' ', at + 1)) {
    const path = line.slice(0, at)
    if (known.has(path)) return [path, line.slice(at).replace(/^ =? ?/, '')]
  }
  return undefined
}

/**
 * The capabilities of files on this host by path, as libcap writes them: `cap_net_raw=ep`. Node cannot read extended
 * attributes, so getcap does. Undefined where the host has no getcap.
 */
export const hostCapabilities = (paths: readonly string[]): ReadonlyMap<string, string> | undefined => {
  const found = new Map<string, string>()
  const known = new Set(paths)
  for (const part of parts(paths)) {
    const { stdout, error } = spawnSync('getcap', part, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      // Where it is, and where the PATH of a person who is not root does not lead.
      env: { ...process.env, PATH: `${process.env.PATH ?? ''}:/usr/sbin:/sbin` },
    })
    if (error !== undefined) return undefined
    for (const line of stdout.split('\n')) {
      const parsed = parseLine(line, known)
      if (parsed !== undefined) found.set(...parsed)
    }
  }
  return found
}
