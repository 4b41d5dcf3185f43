import type { ByteSource } from '../byte-source.ts'
import { readVolumes, sectorBytes } from './volume.ts'

/** An image that firmware starts from the disc. */
export interface BootImage {
  readonly platform: 'BIOS' | 'PowerPC' | 'Mac' | 'UEFI' | 'unknown'
  /** Bytes. */
  readonly at: number
  /** Bytes, as the catalogue has it; many say too little. */
  readonly length: number
}

const platforms: Readonly<Record<number, BootImage['platform']>> = {
  0: 'BIOS',
  1: 'PowerPC',
  2: 'Mac',
  239: 'UEFI',
}

/** The boot images in El Torito's catalogue (specification 1.0); none where there is no catalogue. @throws `IMAGE_DAMAGED` */
export const readBootImages = async (source: ByteSource): Promise<BootImage[]> => {
  const { bootCatalogue } = (await readVolumes(source)).primary
  if (bootCatalogue === undefined) return []
  const bytes = await source.read(bootCatalogue * sectorBytes, sectorBytes)
  const found: BootImage[] = []
  let platform = bytes.readUInt8(1)
  // The first entry validates the catalogue and has the first platform.
  for (let at = 32; at + 32 <= bytes.length; at += 32) {
    const kind = bytes.readUInt8(at)
    if (kind === 0x90 || kind === 0x91) platform = bytes.readUInt8(at + 1)
    else if (kind === 0x88) {
      found.push({
        platform: platforms[platform] ?? 'unknown',
        at: bytes.readUInt32LE(at + 8) * sectorBytes,
        length: bytes.readUInt16LE(at + 6) * 512,
      })
    }
  }
  return found
}
