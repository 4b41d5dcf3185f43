/** The checksum of POSIX `cksum`: CRC-32 with polynomial 0x04c11db7, most significant bit first, length appended. */
export const cksum = (bytes: Uint8Array): number => {
  let crc = 0
  const feed = (byte: number): void => {
    crc = (crc << 8) ^ (table[((crc >>> 24) ^ byte) & 0xff] ?? 0)
  }
  for (const byte of bytes) {
    feed(byte)
  }
  for (let length = bytes.length; length > 0; length = Math.floor(length / 256)) {
    feed(length & 0xff)
  }
  return ~crc >>> 0
}

const table = Int32Array.from({ length: 256 }, (_, index) => {
  let value = index << 24
  for (let bit = 0; bit < 8; bit += 1) {
    value = value < 0 ? (value << 1) ^ 0x04c11db7 : value << 1
  }
  return value
})
