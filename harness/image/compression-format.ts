/** The formats that Linux accepts for an initrd and its own payload. */
export type Compression = 'gzip' | 'zstd' | 'xz' | 'lzma' | 'bzip2' | 'lz4' | 'lzo'

const magics: readonly (readonly [Compression, Buffer])[] = [
  ['gzip', Buffer.from([0x1f, 0x8b])],
  ['zstd', Buffer.from([0x28, 0xb5, 0x2f, 0xfd])],
  ['xz', Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00])],
  ['lzma', Buffer.from([0x5d, 0x00, 0x00])],
  ['bzip2', Buffer.from('BZh')],
  ['lz4', Buffer.from([0x02, 0x21, 0x4c, 0x18])],
  ['lzo', Buffer.from([0x89, 0x4c, 0x5a, 0x4f, 0x00])],
]

/** Undefined where the bytes start like none of them. */
export const detectCompression = (bytes: Buffer): Compression | undefined =>
  magics.find(([, magic]) => bytes.subarray(0, magic.length).equals(magic))?.[0]
