import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { withoutSignature } from './unsign.ts'

const signed = (module: string, signature: string): Buffer => {
  const lengths = Buffer.alloc(12)
  lengths.writeUInt32BE(signature.length, 8)
  return Buffer.concat([
    Buffer.from(module + signature),
    lengths,
    Buffer.from('~Module signature appended~\n'),
  ])
}

describe('a module without its signature', () => {
  it('should be what was signed, packed or not', async () => {
    expect(String(await withoutSignature(signed('code', 'signature')))).toBe('code')
    expect(String(await withoutSignature(gzipSync(signed('code', 'x'))))).toBe('code')
  })

  it('should not be made of one that has none', async () => {
    await expect(withoutSignature(Buffer.from('code'))).rejects.toMatchObject({ code: 'MODULE_UNSIGNED' })
  })
})
