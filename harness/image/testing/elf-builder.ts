/** What a made-up ELF file consists of; enough for what Drydock reads of one. */
export interface ElfParts {
  readonly class?: 32 | 64
  readonly byteOrder?: 'little' | 'big'
  /** `e_type`. @default 3 */
  readonly type?: number
  /** `e_machine`. @default 62, x86_64 */
  readonly machine?: number
  /** Program headers besides the first, a PT_LOAD of the whole file. Flags: 4 read, 2 write, 1 execute. */
  readonly segments?: readonly {
    readonly type: number
    readonly flags?: number
    readonly content?: Buffer
    readonly alignment?: number
  }[]
  /** Tag and value; a string goes to the string table and its offset becomes the value. */
  readonly dynamic?: readonly (readonly [number, number | string])[]
  /** Names of undefined dynamic symbols; needs `dynamic`. */
  readonly imports?: readonly string[]
  readonly sections?: Readonly<Record<string, Buffer>>
}

/** Numbers of the class and byte order of one file. */
class Writer {
  readonly wide: boolean
  readonly little: boolean

  constructor(parts: ElfParts) {
    this.wide = parts.class !== 32
    this.little = parts.byteOrder !== 'big'
  }

  half(value: number): Buffer {
    const bytes = Buffer.alloc(2)
    if (this.little) bytes.writeUInt16LE(value)
    else bytes.writeUInt16BE(value)
    return bytes
  }

  int(value: number): Buffer {
    const bytes = Buffer.alloc(4)
    if (this.little) bytes.writeUInt32LE(value >>> 0)
    else bytes.writeUInt32BE(value >>> 0)
    return bytes
  }

  word(value: number): Buffer {
    if (!this.wide) return this.int(value)
    const bytes = Buffer.alloc(8)
    if (this.little) bytes.writeBigUInt64LE(BigInt(value))
    else bytes.writeBigUInt64BE(BigInt(value))
    return bytes
  }
}

/** The numbers of an ELF file's class and byte order, for contents such as notes. */
export const elfWriter = (parts: ElfParts = {}): Writer => new Writer(parts)

const pad = (bytes: Buffer): Buffer => Buffer.concat([bytes, Buffer.alloc(-bytes.length & 7)])

/** An ELF file whose addresses are its offsets. */
export const buildElf = (parts: ElfParts = {}): Buffer => {
  const out = new Writer(parts)
  const [headerSize, segmentSize, sectionSize] = out.wide ? [64, 56, 64] : [52, 32, 40]
  const segments = [...(parts.segments ?? [])]
  const strings = dynamicStrings(parts)
  const bodies = segments.map(({ content }) => pad(content ?? Buffer.alloc(0)))
  const count = 1 + segments.length + (parts.dynamic === undefined ? 0 : 1)
  const bodiesAt = Math.ceil((headerSize + count * segmentSize) / 8) * 8
  const stringsAt = bodiesAt + bodies.reduce((sum, { length }) => sum + length, 0)
  const symbolsAt = stringsAt + pad(strings.table).length
  const symbols = pad(buildSymbols(out, strings.imports))
  const hashAt = symbolsAt + symbols.length
  // DT_HASH without buckets: all that matters of it is how many symbols there are.
  const hash = Buffer.concat([0, strings.imports.length + 1].map((value) => out.int(value)))
  const dynamicAt = hashAt + hash.length
  const dynamic = Buffer.concat(
    parts.dynamic === undefined
      ? []
      : [
          ...strings.entries.flatMap(([tag, value]) => [out.word(tag), out.word(value)]),
          ...[4, hashAt, 5, stringsAt, 6, symbolsAt, 10, strings.table.length, 0, 0].map((value) =>
            out.word(value),
          ),
        ],
  )
  const sections = buildSections(out, parts.sections ?? {}, dynamicAt + dynamic.length)
  const total = dynamicAt + dynamic.length

  const segment = (type: number, flags: number, offset: number, size: number, alignment: number): Buffer =>
    Buffer.concat([
      out.int(type),
      ...(out.wide ? [out.int(flags)] : []),
      ...[offset, offset, offset, size, size].map((value) => out.word(value)),
      ...(out.wide ? [] : [out.int(flags)]),
      out.word(alignment),
    ])
  let at = bodiesAt
  const table = [
    segment(1, 5, 0, total + sections.bytes.length, 4096),
    ...segments.map(({ type, flags, content, alignment }, index) => {
      const header = segment(type, flags ?? 4, at, content?.length ?? 0, alignment ?? 8)
      at += bodies[index]?.length ?? 0
      return header
    }),
    ...(parts.dynamic === undefined ? [] : [segment(2, 6, dynamicAt, dynamic.length, 8)]),
  ]
  const header = Buffer.concat([
    Buffer.from([0x7f, 0x45, 0x4c, 0x46, out.wide ? 2 : 1, out.little ? 1 : 2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
    ...[parts.type ?? 3, parts.machine ?? 62].map((value) => out.half(value)),
    out.int(1),
    ...[0, headerSize, sections.tableAt].map((value) => out.word(value)),
    out.int(0),
    ...[headerSize, segmentSize, count, sectionSize, sections.count, sections.count - 1].map((value) =>
      out.half(Math.max(0, value)),
    ),
  ])
  const start = Buffer.concat([header, ...table])
  return Buffer.concat([
    start,
    Buffer.alloc(bodiesAt - start.length),
    ...bodies,
    pad(strings.table),
    symbols,
    hash,
    dynamic,
    sections.bytes,
  ])
}

const dynamicStrings = (
  parts: ElfParts,
): { table: Buffer; entries: [number, number][]; imports: number[] } => {
  let table = '\0'
  const add = (text: string): number => {
    const at = table.length
    table += `${text}\0`
    return at
  }
  const entries = (parts.dynamic ?? []).map(([tag, value]): [number, number] =>
    typeof value === 'number' ? [tag, value] : [tag, add(value)],
  )
  const imports = (parts.imports ?? []).map(add)
  return { table: Buffer.from(table, 'latin1'), entries, imports }
}

/** A symbol that is none, and the undefined ones, by the offsets of their names. */
const buildSymbols = (out: Writer, names: readonly number[]): Buffer =>
  Buffer.concat([0, ...names].map((name) => Buffer.concat([out.int(name), Buffer.alloc(out.wide ? 20 : 12)])))

/** The null section, the given ones, and the table of their names last. */
const buildSections = (
  out: Writer,
  sections: Readonly<Record<string, Buffer>>,
  start: number,
): { bytes: Buffer; tableAt: number; count: number } => {
  if (Object.keys(sections).length === 0) return { bytes: Buffer.alloc(0), tableAt: 0, count: 0 }
  const names = ['', ...Object.keys(sections), '.shstrtab']
  const nameTable = Buffer.from(`${names.join('\0')}\0`)
  const contents = [Buffer.alloc(0), ...Object.values(sections), nameTable].map(pad)
  let [at, nameAt] = [start, 0]
  const headers = names.map((name, index) => {
    const size = contents[index]?.length ?? 0
    const fields = [
      out.int(nameAt),
      out.int(index === 0 ? 0 : 1),
      ...[0, 0, at, size].map((value) => out.word(value)),
      out.int(0),
      out.int(0),
      ...[1, 0].map((value) => out.word(value)),
    ]
    at += size
    nameAt += name.length + 1
    return Buffer.concat(fields)
  })
  return { bytes: Buffer.concat([...contents, ...headers]), tableAt: at, count: names.length }
}
