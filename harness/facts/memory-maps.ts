/** One line of `/proc/PID/maps`. */
export interface Mapping {
  readonly start: bigint
  readonly end: bigint
  /** Four characters, such as `r-xp`. */
  readonly permissions: string
  /** Path, `[heap]`, `[stack]`, `[vdso]` or empty. */
  readonly name: string
}

const line = /^([0-9a-f]{1,16})-([0-9a-f]{1,16}) ([r-][w-][x-][ps]) \S+ \S+ \d+\s*(.*)$/

/** Parses a map; lines of another form are left out (a process may end while it is read). */
export const parseMaps = (text: string): readonly Mapping[] =>
  text.split('\n').flatMap((row) => {
    const [, start, end, permissions, name] = line.exec(row) ?? []
    return start === undefined || end === undefined || permissions === undefined
      ? []
      : [{ start: BigInt(`0x${start}`), end: BigInt(`0x${end}`), permissions, name: name ?? '' }]
  })

/** Mappings that are writable and executable at once. */
export const writableExecutable = (mappings: readonly Mapping[]): readonly Mapping[] =>
  mappings.filter(({ permissions }) => permissions[1] === 'w' && permissions[2] === 'x')
