import { PassThrough } from 'node:stream'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { classify } from './classify.ts'
import { FrameReader } from './frame-reader.ts'
import { PacketCounter } from './sent-packets.ts'

const ethernet = (type: number, body: Buffer) => {
  const header = Buffer.alloc(14)
  header.writeUInt16BE(type, 12)
  return Buffer.concat([header, body])
}

const ipv4 = (protocol: number, body: Buffer, { options = 0, fragment = 0 } = {}) => {
  const header = Buffer.alloc(20 + options)
  header.writeUInt8(0x40 | (header.length / 4), 0)
  header.writeUInt16BE(fragment, 6)
  header.writeUInt8(protocol, 9)
  Buffer.from([10, 0, 2, 3]).copy(header, 16)
  return ethernet(0x0800, Buffer.concat([header, body]))
}

const ipv6 = (next: number, body: Buffer) => {
  const header = Buffer.alloc(40)
  header.writeUInt8(next, 6)
  header.writeUInt16BE(0xff02, 24)
  header.writeUInt8(0x16, 39)
  return ethernet(0x86dd, Buffer.concat([header, body]))
}

const ports = (destination: number, length = 20, flags = 0) => {
  const header = Buffer.alloc(length)
  header.writeUInt16BE(40000, 0)
  header.writeUInt16BE(destination, 2)
  if (length > 13) header.writeUInt8(flags, 13)
  return header
}

const framed = (frame: Buffer) => {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(frame.length)
  return Buffer.concat([length, frame])
}

describe('classify', () => {
  it.each([
    ['dns', ipv4(17, ports(53)), 'dns', '10.0.2.3:53', false],
    ['a service behind options', ipv4(17, ports(123), { options: 8 }), 'ntp', '10.0.2.3:123', false],
    ['any other port', ipv4(17, ports(4000)), 'udp', '10.0.2.3:4000', false],
    ['a connection it opens', ipv4(6, ports(443, 20, 0x02)), 'tcp', '10.0.2.3:443', false],
    ['a connection that others open', ipv4(6, ports(40000, 20, 0x12)), 'tcp', '10.0.2.3:40000', true],
    ['an echo reply', ipv4(1, Buffer.from([0, 0])), 'icmp', '10.0.2.3', true],
    ['a later fragment', ipv4(17, ports(53), { fragment: 1 }), 'ip fragment', '10.0.2.3', false],
    [
      'a report behind an extension',
      ipv6(0, Buffer.from([58, 0, 5, 2, 0, 0, 1, 0, 143, 0])),
      ...(['icmpv6 multicast-report', 'ff02:0:0:0:0:0:0:16', false] as const),
    ],
    ['a cut header', ipv4(17, Buffer.alloc(3)), 'unreadable', undefined, false],
    ['something else', ethernet(0x88cc, Buffer.alloc(4)), 'ethertype 0x88cc', undefined, false],
  ] as const)('should tell %s', (_what, frame, protocol, to, answer) => {
    expect(classify(frame)).toEqual({ protocol, to, answer })
  })

  it('should make something of any bytes', () => {
    const types = fc.constantFrom(0x0800, 0x86dd, 0x0806, 0x1234)
    fc.assert(
      fc.property(types, fc.uint8Array({ maxLength: 200 }), (type, bytes) => {
        expect(classify(ethernet(type, Buffer.from(bytes))).protocol).not.toBe('')
      }),
    )
  })
})

describe('FrameReader', () => {
  it('should give every frame, however the stream is cut', () => {
    const anyFrames = fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 8 })
    fc.assert(
      fc.property(anyFrames, fc.integer({ min: 1, max: 50 }), (frames, step) => {
        const bytes = Buffer.concat(frames.map((frame) => framed(Buffer.from(frame))))
        const reader = new FrameReader()
        const found: Buffer[] = []
        for (let at = 0; at < bytes.length; at += step)
          found.push(...reader.push(bytes.subarray(at, at + step)))
        expect(found.map((frame) => [...frame])).toEqual(frames.map((frame) => [...frame]))
      }),
    )
  })

  it('should stop at a length that no frame has, and say so', () => {
    const reader = new FrameReader()
    expect(reader.push(Buffer.from([0xff, 0xff, 0xff, 0xff, 0, 0]))).toEqual([])
    expect(reader.lost).toBe(true)
    expect(reader.push(framed(Buffer.alloc(14)))).toEqual([])
  })
})

describe('PacketCounter', () => {
  it('should count by kind, and keep no more kinds than it has room for', async () => {
    const stream = new PassThrough()
    const counter = new PacketCounter(stream)
    stream.write(framed(ipv4(17, ports(53))))
    stream.write(framed(ipv4(17, ports(53))))
    for (let port = 1000; port < 2000; port += 1) stream.write(framed(ipv4(17, ports(port))))
    await expect.poll(() => counter.sent.reduce((sum, { packets }) => sum + packets, 0)).toBe(1002)
    expect(counter.sent[0]).toMatchObject({ protocol: 'dns', packets: 2, bytes: 108 })
    expect(counter.sent.length).toBeLessThan(600)
    expect(counter.sent.at(-1)).toMatchObject({ protocol: 'others' })
    expect(counter.complete).toBe(true)
  })
})
