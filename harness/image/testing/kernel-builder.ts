import { gzipSync } from 'node:zlib'

/** An uncompressed arm64 kernel as far as its headers, its banner and its configuration go. */
export const buildImage = (release: string, config?: string): Buffer => {
  const header = Buffer.alloc(64)
  header.write('MZ')
  header.write('ARM\x64', 56, 'latin1')
  const embedded =
    config === undefined ? [] : [Buffer.from('IKCFG_ST'), gzipSync(config), Buffer.from('IKCFG_ED')]
  const banner = Buffer.from(`Linux version %s\0Linux version ${release} (builder@host) #1 SMP\0`)
  return Buffer.concat([header, banner, ...embedded, Buffer.alloc(4096)])
}

/** @param payload the compressed kernel, without the size that follows all but gzip */
export const buildBzImage = (parts: {
  release: string
  payload: Buffer
  is64?: boolean
  isGzip?: boolean
}): Buffer => {
  const setup = Buffer.alloc(2 * 512)
  setup.writeUInt8(1, 0x1f1)
  setup.writeUInt16LE(0xaa55, 0x1fe)
  setup.write('HdrS', 0x202)
  setup.writeUInt16LE(0x20f, 0x206)
  setup.writeUInt16LE(0x100, 0x20e)
  setup.write(`${parts.release} (builder@host) #1 SMP\0`, 0x300)
  setup.writeUInt16LE(parts.is64 === false ? 0 : 1, 0x236)
  const size = parts.isGzip === true ? Buffer.alloc(0) : Buffer.from([1, 2, 3, 4])
  const payload = Buffer.concat([parts.payload, size])
  setup.writeUInt32LE(16, 0x248)
  setup.writeUInt32LE(payload.length, 0x24c)
  return Buffer.concat([setup, Buffer.alloc(16), payload, Buffer.alloc(64)])
}

/** A PE program that holds a compressed kernel. */
export const buildZboot = (payload: Buffer, machine = 0xaa64): Buffer => {
  const header = Buffer.alloc(128)
  header.write('MZ')
  header.write('zimg', 4)
  header.writeUInt32LE(128, 8)
  header.writeUInt32LE(payload.length, 12)
  header.writeUInt32LE(64, 0x3c)
  header.write('PE\0\0', 64)
  header.writeUInt16LE(machine, 68)
  return Buffer.concat([header, payload])
}
