import { describe, expect, it } from 'vitest'
import { type GoBuild, readElf } from '../elf.ts'
import { buildElf, elfWriter } from '../testing/elf-builder.ts'

const info = [
  'path\texample.org/program/cmd',
  'mod\texample.org/program\tv1.2.3\th1:abc=',
  'dep\tgolang.org/x/sys\tv0.30.0\th1:def=',
  'dep\texample.org/replaced\tv1.0.0',
  '=>\t../fork\t(devel)',
  'build\t-buildmode=pie',
  'build\tCGO_ENABLED=0',
  'build\t"-ldflags"="-X \\"a=b\\""',
  '',
].join('\n')
const sentinel = Buffer.alloc(16, 0xf9)
const wrapped = Buffer.concat([sentinel, Buffer.from(info), sentinel])

const varint = (value: number): Buffer =>
  value < 128
    ? Buffer.from([value])
    : Buffer.concat([Buffer.from([(value & 0x7f) | 0x80]), varint(value >> 7)])

const head = (flags: number): Buffer =>
  Buffer.concat([Buffer.from('\xff Go buildinf:\x08', 'latin1'), Buffer.from([flags]), Buffer.alloc(16)])

const text = (bytes: Buffer): Buffer => Buffer.concat([varint(bytes.length), bytes])
const inline = (version: string, build: Buffer): Buffer =>
  Buffer.concat([head(2), text(Buffer.from(version)), text(build)])

const read = (content: Buffer): GoBuild | undefined =>
  readElf(buildElf({ sections: { '.go.buildinfo': content } }))?.go

const expected: GoBuild = {
  version: 'go1.24.4',
  package: 'example.org/program/cmd',
  main: { path: 'example.org/program', version: 'v1.2.3' },
  modules: [
    { path: 'golang.org/x/sys', version: 'v0.30.0' },
    { path: '../fork', version: '(devel)' },
  ],
  settings: { '-buildmode': 'pie', CGO_ENABLED: '0', '-ldflags': '-X "a=b"' },
}

describe("Go's build information", () => {
  it('should list the modules and the settings of the build', () => {
    expect(read(inline('go1.24.4', wrapped))).toEqual(expected)
  })

  it('should follow the addresses that Go wrote before 1.18', () => {
    const out = elfWriter()
    // The file's addresses are its offsets: headers of two segments, then these bytes.
    const start = 64 + 2 * 56
    const version = Buffer.from('go1.16.15')
    const parts = [
      head(0),
      ...[start + 64, version.length, start + 80, wrapped.length].map((value) => out.word(value)),
      Buffer.concat([version, Buffer.alloc(16 - version.length)]),
      wrapped,
    ]
    const content = Buffer.concat(parts)
    content.writeBigUInt64LE(BigInt(start + 32), 16)
    content.writeBigUInt64LE(BigInt(start + 48), 24)
    const bytes = buildElf({ segments: [{ type: 0x70000000, content }] })
    expect(bytes.indexOf(content)).toBe(start)
    expect(readElf(bytes)).toMatchObject({ language: 'go', go: { ...expected, version: 'go1.16.15' } })
  })

  it.each([
    ['has a length of any size', Buffer.concat([head(2), Buffer.alloc(10, 0xff)])],
    ['claims more than there is', Buffer.concat([head(2), varint(500), Buffer.from('go1')])],
    ['is something else', Buffer.alloc(64)],
  ])('should be no more than the language where it %s', (_, content) => {
    const elf = readElf(buildElf({ sections: { '.go.buildinfo': content } }))
    expect(elf).toMatchObject({ language: 'go', go: undefined })
  })
})
