import { checksum, decodePayload, payloadLimit, protocolError } from './packet.ts'

/** What a stub may send. `damaged`: a packet whose checksum does not fit; the receiver asks for it again. */
export type StubToken =
  | { readonly kind: 'packet'; readonly payload: Buffer }
  | { readonly kind: 'damaged' }
  | { readonly kind: 'ack' }
  | { readonly kind: 'nack' }

const trailerLength = 3 // '#' and two hexadecimal digits

/** Cuts the byte stream of a stub into packets and acknowledgements, however the bytes were split on their way. */
export class PacketReader {
  #pending: Buffer = Buffer.alloc(0)

  /** Takes the next bytes; gives the tokens that they complete. Bytes outside packets that mean nothing are dropped. */
  push(bytes: Uint8Array): StubToken[] {
    this.#pending = Buffer.concat([this.#pending, bytes])
    const tokens: StubToken[] = []
    let position = 0
    while (position < this.#pending.length) {
      const byte = this.#pending[position]
      if (byte !== 0x24) {
        if (byte === 0x2b) tokens.push({ kind: 'ack' })
        if (byte === 0x2d) tokens.push({ kind: 'nack' })
        position++
        continue
      }
      const end = this.#pending.indexOf(0x23, position)
      const length = (end < 0 ? this.#pending.length : end) - position
      if (length > payloadLimit)
        throw protocolError(`gdb stub: expected packets of at most ${payloadLimit} bytes, found a longer one`)
      if (end < 0 || end + trailerLength > this.#pending.length) break
      tokens.push(readPacket(this.#pending, position + 1, end))
      position = end + trailerLength
    }
    this.#pending = this.#pending.subarray(position)
    return tokens
  }
}

const readPacket = (bytes: Buffer, start: number, end: number): StubToken => {
  const wire = bytes.subarray(start, end)
  const trailer = bytes.toString('latin1', end + 1, end + trailerLength)
  if (!/^[0-9a-f]{2}$/i.test(trailer) || Number.parseInt(trailer, 16) !== checksum(wire))
    return { kind: 'damaged' }
  return { kind: 'packet', payload: decodePayload(wire) }
}
