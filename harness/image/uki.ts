import { type ByteSource, readStart, sliceOf } from './byte-source.ts'
import { damaged } from './damaged.ts'
import { untilNul } from './fields.ts'

/** A section of a PE program. */
export interface Section {
  readonly name: string
  readonly content: ByteSource
}

/** systemd's own images have some twenty; the header has room for 65535. */
const mostSections = 256
const sectionBytes = 40

/** Where the section headers are, and how many; undefined where the bytes are no PE program. */
const sectionTable = (head: Buffer): { at: number; count: number } | undefined => {
  if (head.length < 64 || head.toString('latin1', 0, 2) !== 'MZ') return undefined
  const pe = head.readUInt32LE(0x3c)
  if (pe + 24 > head.length || head.toString('latin1', pe, pe + 4) !== 'PE\0\0') return undefined
  return { at: pe + 24 + head.readUInt16LE(pe + 20), count: head.readUInt16LE(pe + 6) }
}

const namesOf = (head: Buffer): string[] => {
  const table = sectionTable(head)
  if (table === undefined || table.count > mostSections) return []
  const names: string[] = []
  for (
    let at = table.at;
    names.length < table.count && at + sectionBytes <= head.length;
    at += sectionBytes
  ) {
    names.push(untilNul(head.subarray(at, at + 8)).toString('latin1'))
  }
  return names
}

/** Whether it is a unified kernel image (UAPI.5): a PE program with a kernel in the section .linux. */
export const isUki = (head: Buffer): boolean => namesOf(head).includes('.linux')

/** The sections of a PE program, in order. @throws `IMAGE_DAMAGED` */
export const readSections = async (source: ByteSource): Promise<Section[]> => {
  const head = await readStart(source, 4096 + mostSections * sectionBytes)
  const table = sectionTable(head)
  if (
    table === undefined ||
    table.count > mostSections ||
    table.at + table.count * sectionBytes > head.length
  ) {
    throw damaged('IMAGE_DAMAGED', `${source.name}: expected the section headers of a PE program, found none`)
  }
  return Array.from({ length: table.count }, (_, index) => {
    const at = table.at + index * sectionBytes
    const name = untilNul(head.subarray(at, at + 8)).toString('latin1')
    const inMemory = head.readUInt32LE(at + 8)
    const inFile = head.readUInt32LE(at + 16)
    // In the file a section is filled up to a multiple; in memory it may be larger, with zeros.
    const length = inMemory === 0 ? inFile : Math.min(inMemory, inFile)
    const start = length === 0 ? 0 : head.readUInt32LE(at + 20)
    return { name, content: sliceOf(source, start, length, `${source.name} section ${name}`) }
  })
}
