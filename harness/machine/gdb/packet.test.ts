import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checksum, decodePayload, encodePacket, payloadLimit } from './packet.ts'
import { PacketReader } from './packet-reader.ts'

const bytes = fc.uint8Array({ maxLength: 300 })

/** Run lengths as a stub may send them: three or more equal bytes as byte, star, count. */
const compress = (payload: Uint8Array): Buffer => {
  const special = new Set([0x23, 0x24, 0x2a, 0x7d])
  const wire: number[] = []
  for (let index = 0; index < payload.length; ) {
    const byte = payload[index] ?? 0
    let run = 1
    while (run < 98 && payload[index + run] === byte) run++
    wire.push(...(special.has(byte) ? [0x7d, byte ^ 0x20] : [byte]))
    const count = run - 1 + 29
    if (run > 3 && !special.has(count)) {
      wire.push(0x2a, count)
      index += run
    } else index++
  }
  return Buffer.from(wire)
}

const frame = (wire: Buffer): Buffer =>
  Buffer.concat([Buffer.from('$'), wire, Buffer.from(`#${checksum(wire).toString(16).padStart(2, '0')}`)])

describe('packets of the gdb remote protocol', () => {
  it('should frame a request as the gdb manual shows it', () => {
    expect(encodePacket(Buffer.from('qSupported')).toString()).toBe('$qSupported#37')
    expect(encodePacket(Buffer.from('a}b')).toString('latin1')).toBe('$a}]b#3d'.replace('3d', '9d'))
  })

  it('should give back any payload, however the bytes were split', () => {
    fc.assert(
      fc.property(fc.array(bytes, { minLength: 1, maxLength: 5 }), fc.nat(40), (payloads, step) => {
        const stream = Buffer.concat(payloads.flatMap((payload) => [Buffer.from('+'), encodePacket(payload)]))
        const reader = new PacketReader()
        const found: Buffer[] = []
        for (let at = 0; at < stream.length; at += step + 1)
          for (const token of reader.push(stream.subarray(at, at + step + 1)))
            if (token.kind === 'packet') found.push(token.payload)
        expect(found).toEqual(payloads.map((payload) => Buffer.from(payload)))
      }),
    )
  })

  it('should expand run lengths', () => {
    expect(decodePayload(Buffer.from('0* 1')).toString()).toBe('00001')
    const runs = fc.array(fc.tuple(fc.nat(255), fc.integer({ min: 1, max: 150 })), { maxLength: 8 })
    fc.assert(
      fc.property(runs, (parts) => {
        const payload = Buffer.concat(parts.map(([byte, count]) => Buffer.alloc(count, byte)))
        const [token] = new PacketReader().push(frame(compress(payload)))
        expect(token).toEqual({ kind: 'packet', payload })
      }),
    )
  })

  it('should notice every packet in which one byte was changed', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 60 }),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        (payload, at, change) => {
          const wire = encodePacket(payload)
          const position = 1 + (at % (wire.length - 4))
          wire[position] = (wire[position] ?? 0) ^ change
          const tokens = new PacketReader().push(wire)
          expect(tokens.filter(({ kind }) => kind === 'packet')).toEqual([])
        },
      ),
    )
  })

  it('should refuse a packet that never ends or expands without bound', () => {
    expect(() => new PacketReader().push(Buffer.alloc(payloadLimit + 2, '$'))).toThrow('at most')
    const bomb = frame(Buffer.from(`0${'*~'.repeat(payloadLimit / 90)}`))
    expect(() => new PacketReader().push(bomb)).toThrow('at most')
  })

  it('should only throw its own error for arbitrary bytes', () => {
    fc.assert(
      fc.property(fc.array(bytes), (chunks) => {
        const reader = new PacketReader()
        try {
          for (const chunk of chunks) reader.push(chunk)
        } catch (error) {
          expect(error).toMatchObject({ code: 'GDB_PROTOCOL' })
        }
      }),
    )
  })
})
