export interface PeSection {
  readonly name: string
  readonly content: Buffer
}

/** A PE program with nothing but sections, each filled up to 512 bytes, as ukify lays them out. */
export const buildPe = (sections: readonly PeSection[]): Buffer => {
  const headerBytes = 1024
  const header = Buffer.alloc(headerBytes)
  header.write('MZ')
  header.writeUInt32LE(64, 0x3c)
  header.write('PE\0\0', 64, 'latin1')
  header.writeUInt16LE(0x8664, 68)
  header.writeUInt16LE(sections.length, 70)
  const bodies: Buffer[] = []
  let at = headerBytes
  for (const [index, { name, content }] of sections.entries()) {
    const entry = 88 + index * 40
    const filled = Buffer.concat([content, Buffer.alloc((512 - (content.length % 512)) % 512)])
    header.write(name, entry, 'latin1')
    header.writeUInt32LE(content.length, entry + 8)
    header.writeUInt32LE(filled.length, entry + 16)
    header.writeUInt32LE(at, entry + 20)
    bodies.push(filled)
    at += filled.length
  }
  return Buffer.concat([header, ...bodies])
}
