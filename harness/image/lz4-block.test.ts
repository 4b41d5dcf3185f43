import { execaSync } from 'execa'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeLz4Block } from './lz4-block.ts'
import { isInstalled } from './testing/make-image.ts'

/** The one block in a frame that lz4 writes (doc/lz4_Frame_format.md): 7 bytes of header, the block's length, it. */
const compress = (content: Buffer): Buffer => {
  const args = ['-c', '-BD', '-B7', '--no-frame-crc', '-9']
  const { stdout } = execaSync('lz4', args, { input: content, encoding: 'buffer', stripFinalNewline: false })
  const frame = Buffer.from(stdout)
  const length = frame.readUInt32LE(7)
  return frame.subarray(11, 11 + length)
}

describe('decodeLz4Block', () => {
  it.skipIf(!isInstalled('lz4')).each([
    ['a run of one byte', Buffer.alloc(100_000, 'a')],
    ['a short pattern', Buffer.from('abc'.repeat(20_000))],
    ['text', Buffer.from(Array.from({ length: 5000 }, (_, index) => `line ${index}\n`).join(''))],
  ])('should decode %s', (_, content) => {
    const block = compress(content)
    expect(block.length).toBeLessThan(content.length)
    expect(decodeLz4Block(block, content.length)?.equals(content)).toBe(true)
    expect(decodeLz4Block(block, 1000)?.equals(content.subarray(0, 1000))).toBe(true)
    expect(decodeLz4Block(block, content.length + 100)).toBeUndefined()
  })

  it('should decode literals, and matches that overlap themselves', () => {
    expect(decodeLz4Block(Buffer.from([0x30, 97, 98, 99]), 3)?.toString()).toBe('abc')
    // Two literals, then 8 bytes from 2 back.
    expect(decodeLz4Block(Buffer.from([0x24, 97, 98, 2, 0]), 10)?.toString()).toBe('ababababab')
  })

  it.each([
    ['nothing', []],
    ['literals that are missing', [0x50, 97]],
    ['a match before the start', [0x14, 97, 9, 0]],
    ['a match at no distance', [0x14, 97, 0, 0]],
  ])('should refuse %s', (_, bytes) => {
    expect(decodeLz4Block(Buffer.from(bytes), 10)).toBeUndefined()
  })

  it('should give as many bytes as are asked for, or nothing, for any input', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(5000), (bytes, length) => {
        const decoded = decodeLz4Block(Buffer.from(bytes), length)
        if (decoded !== undefined) expect(decoded).toHaveLength(length)
      }),
      { numRuns: 2000 },
    )
  })
})
