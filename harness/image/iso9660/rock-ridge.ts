import { damaged } from '../damaged.ts'
import type { MetadataSource } from '../metadata-source.ts'
import { sectorBytes } from './volume.ts'

/** What IEEE P1282 adds to one directory record; undefined where a record says nothing of it. */
export interface RockRidge {
  readonly name: Buffer | undefined
  readonly attributes: { readonly mode: number; readonly uid: number; readonly gid: number } | undefined
  readonly linkTarget: Buffer | undefined
  readonly device: { readonly major: number; readonly minor: number } | undefined
  /** Sector of the directory that was moved elsewhere because it lay too deep. */
  readonly childAt: number | undefined
  /** The place the moved directory is kept in, which is shown where it came from. */
  readonly isMoved: boolean
  /** Its content is compressed (zisofs). */
  readonly isCompressed: boolean
}

/** Where SUSP (IEEE P1281) starts in the system use area: the root says how many bytes to skip; undefined: none. */
export const suspSkip = (rootExtra: Buffer): number | undefined =>
  rootExtra.length >= 7 && rootExtra.toString('latin1', 0, 2) === 'SP' && rootExtra.readUInt16BE(4) === 0xbeef
    ? rootExtra.readUInt8(6)
    : undefined

interface Field {
  readonly kind: string
  readonly data: Buffer
}

/** No record is continued more often. */
const mostContinuations = 32

const fieldsOf = async (metadata: MetadataSource, area: Buffer): Promise<Field[]> => {
  const fields: Field[] = []
  let rest: Buffer | undefined = area
  for (let count = 0; rest !== undefined; count += 1) {
    if (count > mostContinuations) {
      throw damaged('IMAGE_DAMAGED', `${metadata.name}: expected Rock Ridge fields, found a loop of them`)
    }
    let next: Buffer | undefined
    for (let at = 0; at + 4 <= rest.length; ) {
      const length = rest.readUInt8(at + 2)
      const kind = rest.toString('latin1', at, at + 2)
      if (length < 4 || at + length > rest.length || kind === 'ST') break
      const data = rest.subarray(at, at + length)
      if (kind === 'CE' && length >= 28) {
        const start = data.readUInt32LE(4) * sectorBytes + data.readUInt32LE(12)
        next = await metadata.read(start, Math.min(data.readUInt32LE(20), 16 * sectorBytes))
      } else fields.push({ kind, data })
      at += length
    }
    rest = next
  }
  return fields
}

/** @param area the system use area without the bytes to skip. @throws `IMAGE_DAMAGED` */
export const readRockRidge = async (metadata: MetadataSource, area: Buffer): Promise<RockRidge> => {
  const fields = await fieldsOf(metadata, area)
  const first = (kind: string, least: number): Buffer | undefined =>
    fields.find((field) => field.kind === kind && field.data.length >= least)?.data
  const attributes = first('PX', 36)
  const device = first('PN', 20)
  const names = fields.filter(({ kind, data }) => kind === 'NM' && data.length >= 5)
  const links = fields.filter(({ kind, data }) => kind === 'SL' && data.length >= 5)
  return {
    name: names.length === 0 ? undefined : Buffer.concat(names.map(({ data }) => data.subarray(5))),
    attributes:
      attributes === undefined
        ? undefined
        : {
            mode: attributes.readUInt32LE(4),
            uid: attributes.readUInt32LE(20),
            gid: attributes.readUInt32LE(28),
          },
    linkTarget: links.length === 0 ? undefined : linkTargetOf(links.map(({ data }) => data.subarray(5))),
    device: device === undefined ? undefined : deviceOf(device.readUInt32LE(4), device.readUInt32LE(12)),
    childAt: first('CL', 12)?.readUInt32LE(4),
    isMoved: fields.some(({ kind }) => kind === 'RE'),
    isCompressed: fields.some(({ kind }) => kind === 'ZF'),
  }
}

/** Where the high half is empty, the low one has major and minor, as dev_t once had. */
const deviceOf = (high: number, low: number): { major: number; minor: number } =>
  high === 0
    ? { major: (low >>> 8) & 0xfff, minor: (low & 0xff) | ((low >>> 12) & 0xfff00) }
    : { major: high, minor: low }

const part = { goesOn: 1, current: 2, parent: 4, root: 8 } as const

/** Components with their flags; a slash belongs between two unless the first goes on. */
const linkTargetOf = (areas: readonly Buffer[]): Buffer => {
  const pieces: Buffer[] = []
  let isOpen = true
  for (const area of areas) {
    for (let at = 0; at + 2 <= area.length; at += 2 + area.readUInt8(at + 1)) {
      const flags = area.readUInt8(at)
      if (!isOpen) pieces.push(Buffer.from('/'))
      isOpen = (flags & part.goesOn) !== 0
      if ((flags & part.root) !== 0) {
        pieces.push(Buffer.from('/'))
        isOpen = true
      } else if ((flags & part.current) !== 0) pieces.push(Buffer.from('.'))
      else if ((flags & part.parent) !== 0) pieces.push(Buffer.from('..'))
      else pieces.push(area.subarray(at + 2, at + 2 + area.readUInt8(at + 1)))
    }
  }
  return Buffer.concat(pieces)
}
