import { DrydockError } from '../../harness/common/errors.ts'

/** A section that a unified kernel image adds to its stub. */
export interface UkiSection {
  readonly name: string
  readonly content: Buffer
}

/** Offsets in the headers of a PE program (Microsoft, "PE Format"), from its signature and its optional header on. */
const coff = { sections: 6, optionalBytes: 20, end: 24 } as const
const optional = {
  sectionAlignment: 32,
  fileAlignment: 36,
  imageBytes: 56,
  headerBytes: 60,
  checksum: 64,
} as const
const sectionHeaderBytes = 40
/** IMAGE_SCN_CNT_INITIALIZED_DATA and IMAGE_SCN_MEM_READ. */
const readOnlyData = 0x4000_0040

const up = (value: number, multiple: number): number => Math.ceil(value / multiple) * multiple

/**
 * A unified kernel image (UAPI.5): the stub, with sections added behind its own, as ukify lays them out.
 * @throws `STUB_UNFIT` (usage) where the bytes are no PE program with room for the headers
 */
export const unifiedKernelImage = (stub: Buffer, added: readonly UkiSection[]): Buffer => {
  const pe = stub.length > 0x40 ? stub.readUInt32LE(0x3c) : stub.length
  if (pe + coff.end > stub.length || stub.toString('latin1', pe, pe + 4) !== 'PE\0\0')
    throw unfit('a PE program')
  const options = pe + coff.end
  const table = options + stub.readUInt16LE(pe + coff.optionalBytes)
  const count = stub.readUInt16LE(pe + coff.sections)
  const fileAlignment = stub.readUInt32LE(options + optional.fileAlignment)
  const sectionAlignment = stub.readUInt32LE(options + optional.sectionAlignment)
  const headerBytes = stub.readUInt32LE(options + optional.headerBytes)
  if (table + (count + added.length) * sectionHeaderBytes > headerBytes)
    throw unfit(`room for ${added.length} more sections`)
  const head = Buffer.from(stub)
  const pieces: Buffer[] = [head, Buffer.alloc(up(stub.length, fileAlignment) - stub.length)]
  let inFile = up(stub.length, fileAlignment)
  let inMemory = up(stub.readUInt32LE(options + optional.imageBytes), sectionAlignment)
  for (const [index, { name, content }] of added.entries()) {
    const at = table + (count + index) * sectionHeaderBytes
    const filled = up(content.length, fileAlignment)
    head.fill(0, at, at + sectionHeaderBytes).write(name, at, 8, 'latin1')
    head.writeUInt32LE(content.length, at + 8)
    head.writeUInt32LE(inMemory, at + 12)
    head.writeUInt32LE(filled, at + 16)
    head.writeUInt32LE(inFile, at + 20)
    head.writeUInt32LE(readOnlyData, at + 36)
    pieces.push(content, Buffer.alloc(filled - content.length))
    inFile += filled
    inMemory += up(content.length, sectionAlignment)
  }
  head.writeUInt16LE(count + added.length, pe + coff.sections)
  head.writeUInt32LE(inMemory, options + optional.imageBytes)
  head.writeUInt32LE(0, options + optional.checksum)
  return Buffer.concat(pieces)
}

const unfit = (expected: string): DrydockError =>
  new DrydockError(`expected ${expected} in the stub of systemd-boot-efi, found none`, {
    code: 'STUB_UNFIT',
    blame: 'usage',
    phase: 'prepare',
  })
