import { DrydockError } from '../../common/errors.ts'

const dollar = 0x24
const hash = 0x23
const star = 0x2a
const escapeByte = 0x7d
const escapeMask = 0x20
/** A run length is sent as a printable character: the number of further copies plus this. */
const runLengthOffset = 29

/** Longest packet, after run lengths are expanded, that is taken from a stub; QEMU's own are at most 4 KiB. */
export const payloadLimit = 64 * 1024

/** An error in what the stub sent. The stub is QEMU's, so the test bed is to blame. */
export const protocolError = (shortMessage: string, cause?: unknown): DrydockError =>
  new DrydockError(shortMessage, {
    code: 'GDB_PROTOCOL',
    blame: 'testbed',
    hint: 'QEMU is the only program that may answer on this socket; try another version of QEMU (7.2 or newer).',
    cause,
  })

/** Sum of the bytes modulo 256, over the payload as it is on the wire. */
export const checksum = (wire: Uint8Array): number => {
  let sum = 0
  for (const byte of wire) sum = (sum + byte) & 0xff
  return sum
}

/** `$payload#checksum` with the four special bytes escaped (gdb manual, "Remote Protocol, Overview"). */
export const encodePacket = (payload: Uint8Array): Buffer => {
  const wire: number[] = []
  for (const byte of payload) {
    if (byte === dollar || byte === hash || byte === star || byte === escapeByte) {
      wire.push(escapeByte, byte ^ escapeMask)
    } else wire.push(byte)
  }
  const body = Buffer.from(wire)
  const trailer = checksum(body).toString(16).padStart(2, '0')
  return Buffer.concat([Buffer.from('$'), body, Buffer.from(`#${trailer}`)])
}

/** Undoes escapes and run lengths of what stood between `$` and `#`. */
export const decodePayload = (wire: Uint8Array): Buffer => {
  const payload: number[] = []
  for (let index = 0; index < wire.length; index++) {
    const byte = wire[index] ?? 0
    if (byte === escapeByte) {
      const escaped = wire[++index]
      if (escaped === undefined) throw protocolError('gdb stub: a packet ends in the middle of an escape')
      payload.push(escaped ^ escapeMask)
    } else if (byte === star) {
      const last = payload.at(-1)
      const copies = (wire[++index] ?? 0) - runLengthOffset
      if (last === undefined || copies < 1)
        throw protocolError('gdb stub: a run length without a byte to repeat or without a count')
      for (let copy = 0; copy < copies; copy++) payload.push(last)
    } else payload.push(byte)
    if (payload.length > payloadLimit)
      throw protocolError(`gdb stub: expected packets of at most ${payloadLimit} bytes, found a longer one`)
  }
  return Buffer.from(payload)
}
