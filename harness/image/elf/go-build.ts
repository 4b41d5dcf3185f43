import { atAddress, type ElfHeader } from './header.ts'

export interface GoModule {
  readonly path: string
  readonly version: string
}

/** What the Go linker says of a program (debug/buildinfo), all of it text from the file. */
export interface GoBuild {
  /** Of the toolchain, `go1.24.4`. */
  readonly version: string
  /** Of the main package. */
  readonly package: string | undefined
  readonly main: GoModule | undefined
  /** Modules it is linked with; one that is replaced counts as its replacement. */
  readonly modules: readonly GoModule[]
  /** Such as `-buildmode`, `CGO_ENABLED`, `GOARCH`, `vcs.revision`. */
  readonly settings: Readonly<Record<string, string>>
}

const headerBytes = 32
const maxVersionBytes = 1024
const maxInfoBytes = 4 * 1024 ** 2
/** Flags in byte 15: the strings follow at once (Go 1.18 and newer), else two pointers do, of this byte order. */
const flag = { bigEndian: 1, inline: 2 } as const

/** Undefined where what stands at `offset` is not whole. */
export const readGoBuild = (header: ElfHeader, offset: number): GoBuild | undefined => {
  const head = header.bytes.piece(offset, headerBytes)
  if (head?.toString('latin1', 1, 14) !== ' Go buildinf:') return undefined
  const isInline = ((head[15] ?? 0) & flag.inline) !== 0
  const [version, info] = isInline ? inlineTexts(header, offset + headerBytes) : pointedTexts(header, head)
  return version === undefined ? undefined : { version: version.toString('utf8'), ...parseInfo(info) }
}

type TwoTexts = readonly [version: Buffer | undefined, info: Buffer | undefined]

const inlineTexts = ({ bytes }: ElfHeader, start: number): TwoTexts => {
  let at = start
  const next = (limit: number): Buffer | undefined => {
    const prefix = bytes.source.read(at, 10)
    let length = 0
    // A varint: seven bits a byte, the least first; the top bit says that more follow.
    for (const [index, byte] of prefix.entries()) {
      length += (byte & 0x7f) * 2 ** (7 * index)
      if (byte >= 0x80) continue
      at += index + 1 + length
      return length > limit ? undefined : bytes.piece(at - length, length)
    }
    return undefined
  }
  const version = next(maxVersionBytes)
  return [version, version && next(maxInfoBytes)]
}

/** Before Go 1.18: addresses of two string headers, an address and a length each. */
const pointedTexts = (header: ElfHeader, head: Buffer): TwoTexts => {
  const [size, isBig] = [head[14], ((head[15] ?? 0) & flag.bigEndian) !== 0]
  if (size !== 4 && size !== 8) return [undefined, undefined]
  const number = (piece: Buffer, at: number): number => {
    if (size === 4) return isBig ? piece.readUInt32BE(at) : piece.readUInt32LE(at)
    return Number(isBig ? piece.readBigUInt64BE(at) : piece.readBigUInt64LE(at))
  }
  const mapped = (address: number, length: number): Buffer | undefined => {
    const place = atAddress(header, address)
    return place && header.bytes.piece(place.offset, length)
  }
  const text = (address: number, limit: number): Buffer | undefined => {
    const pair = mapped(address, 2 * size)
    const length = pair && number(pair, size)
    return pair === undefined || length === undefined || length > limit
      ? undefined
      : mapped(number(pair, 0), length)
  }
  return [text(number(head, 16), maxVersionBytes), text(number(head, 16 + size), maxInfoBytes)]
}

// The linker puts as many bytes without meaning on both sides, so that the text is found in a running program.
const sentinelBytes = 16

const parseInfo = (info: Buffer | undefined): Omit<GoBuild, 'version'> => {
  const lines = info?.toString('utf8', sentinelBytes, info.length - sentinelBytes).split('\n') ?? []
  const modules: GoModule[] = []
  const settings: Record<string, string> = {}
  let packagePath: string | undefined
  let main: GoModule | undefined
  for (const line of lines) {
    const [kind, first = '', version = ''] = line.split('\t')
    if (kind === 'path') packagePath = first
    else if (kind === 'mod') main = { path: first, version }
    else if (kind === 'dep') modules.push({ path: first, version })
    else if (kind === '=>') modules.splice(-1, 1, { path: first, version })
    else if (kind === 'build') {
      const equals = first.indexOf('=')
      if (equals > 0) settings[unquote(first.slice(0, equals))] = unquote(line.slice(7 + equals))
    }
  }
  return { package: packagePath, main, modules, settings }
}

/** Go quotes keys and values that hold blanks or quotes (strconv.Quote). */
const unquote = (text: string): string =>
  /^".*"$/.test(text) ? text.slice(1, -1).replace(/\\(["\\])/g, '$1') : text
