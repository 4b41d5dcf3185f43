import type { Architecture } from '../../../common/architecture.ts'

/** What the first program does: wait in the kernel for ever, or never leave user mode by itself. */
export type InitBehaviour = 'sleeps' | 'spins'

const machineCode: Record<Architecture, Record<InitBehaviour, string>> = {
  x86_64: { sleeps: 'b8220000000f05ebf7', spins: 'ebfe' }, // pause(2) in a loop; jump to itself
  arm64: {
    // ppoll(2) of nothing for ever, in a loop; branch to itself
    sleeps: '000080d2010080d2020080d2030080d2040080d2280980d2010000d4f9ffff17',
    spins: '00000014',
  },
}

const elf = (architecture: Architecture, code: Buffer): Buffer => {
  const headers = 64 + 56
  const base = 0x40_0000n
  const bytes = Buffer.alloc(headers)
  bytes.write('\x7fELF\x02\x01\x01', 'latin1')
  bytes.writeUInt16LE(2, 16) // executable
  bytes.writeUInt16LE(architecture === 'x86_64' ? 62 : 183, 18)
  bytes.writeUInt32LE(1, 20)
  bytes.writeBigUInt64LE(base + BigInt(headers), 24) // entry
  bytes.writeBigUInt64LE(64n, 32) // program headers
  bytes.writeUInt16LE(64, 52)
  bytes.writeUInt16LE(56, 54)
  bytes.writeUInt16LE(1, 56)
  bytes.writeUInt32LE(1, 64) // load
  bytes.writeUInt32LE(5, 68) // readable, executable
  bytes.writeBigUInt64LE(base, 80)
  bytes.writeBigUInt64LE(BigInt(headers + code.length), 96)
  bytes.writeBigUInt64LE(BigInt(headers + code.length), 104)
  bytes.writeBigUInt64LE(0x1000n, 112)
  return Buffer.concat([bytes, code])
}

const cpioRecord = (name: string, mode: number, content: Buffer): Buffer => {
  const numbers = [1, mode, 0, 0, 1, 0, content.length, 0, 0, 0, 0, name.length + 1, 0]
  const header = `070701${numbers.map((value) => value.toString(16).padStart(8, '0')).join('')}${name}\0`
  const pad = (bytes: Buffer): Buffer => Buffer.concat([bytes, Buffer.alloc(-bytes.length & 3)])
  return Buffer.concat([pad(Buffer.from(header, 'latin1')), pad(content)])
}

/** For tests: an initrd with nothing but a first program of a few instructions. */
export const tinyInitrd = (architecture: Architecture, behaviour: InitBehaviour): Buffer =>
  Buffer.concat([
    cpioRecord('init', 0o100755, elf(architecture, Buffer.from(machineCode[architecture][behaviour], 'hex'))),
    cpioRecord('TRAILER!!!', 0, Buffer.alloc(0)),
  ])
