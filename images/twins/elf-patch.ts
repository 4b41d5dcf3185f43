import { DrydockError } from '../../harness/common/errors.ts'

// Places in ELF64 little-endian files, from elf(5).
const typeOffset = 16
const machineOffset = 18
const segments = { offset: 32, size: 54, count: 56 }
const inSegment = { flags: 4, offset: 8, address: 16, fileSize: 32 }
const segmentTypes = { null: 0, load: 1, dynamic: 2, interpreter: 3, stack: 0x6474e551, relro: 0x6474e552 }
const executableType = 2
const flag = { execute: 1, write: 2 }
const tags = { stringTable: 5, debug: 21, textrel: 22, runpath: 29 }

const segmentAt = (bytes: Buffer, type: number): number => {
  const start = Number(bytes.readBigUInt64LE(segments.offset))
  for (let index = 0; index < bytes.readUInt16LE(segments.count); index++) {
    const at = start + index * bytes.readUInt16LE(segments.size)
    if (bytes.readUInt32LE(at) === type) return at
  }
  throw new DrydockError(`expected a program with a segment of type ${type}, found none`, {
    code: 'TWIN_FAILED',
    blame: 'testbed',
    phase: 'prepare',
  })
}

const addFlags = (bytes: Buffer, at: number, flags: number): void => {
  bytes.writeUInt32LE(bytes.readUInt32LE(at + inSegment.flags) | flags, at + inSegment.flags)
}

const contentOffset = (bytes: Buffer, at: number): number =>
  Number(bytes.readBigUInt64LE(at + inSegment.offset))

const dynamicEntryAt = (bytes: Buffer, tag: number): number => {
  const segment = segmentAt(bytes, segmentTypes.dynamic)
  const start = contentOffset(bytes, segment)
  const end = start + Number(bytes.readBigUInt64LE(segment + inSegment.fileSize))
  for (let at = start; at < end; at += 16) if (Number(bytes.readBigUInt64LE(at)) === tag) return at
  throw new DrydockError(`expected a program with dynamic entry ${tag}, found none`, {
    code: 'TWIN_FAILED',
    blame: 'testbed',
    phase: 'prepare',
  })
}

/** Turns DT_DEBUG, which the loader only fills in for debuggers, into another entry. */
const replaceDebug = (bytes: Buffer, tag: number, value: number): void => {
  const at = dynamicEntryAt(bytes, tags.debug)
  bytes.writeBigUInt64LE(BigInt(tag), at)
  bytes.writeBigUInt64LE(BigInt(value), at + 8)
}

/** Writes a search path over the beginning of a symbol's name: the program is not going to run any more. */
const searchPath = (bytes: Buffer, path: string): void => {
  const strings = Number(bytes.readBigUInt64LE(dynamicEntryAt(bytes, tags.stringTable) + 8)) // first segment: address = offset
  const victim = bytes.indexOf('\0__libc_start_main\0', strings) + 1
  bytes.write(`${path}\0`, victim, 'latin1')
  replaceDebug(bytes, tags.runpath, victim - strings)
}

/** Changes of a position-independent, dynamically linked C program, each of which takes one hardening away. */
export const elfPatches: Readonly<Record<string, (bytes: Buffer) => void>> = {
  'non-pie': (bytes) => bytes.writeUInt16LE(executableType, typeOffset),
  'no-relro': (bytes) => bytes.writeUInt32LE(segmentTypes.null, segmentAt(bytes, segmentTypes.relro)),
  'exec-stack': (bytes) => addFlags(bytes, segmentAt(bytes, segmentTypes.stack), flag.execute),
  'wx-segment': (bytes) => addFlags(bytes, segmentAt(bytes, segmentTypes.load), flag.write | flag.execute),
  textrel: (bytes) => replaceDebug(bytes, tags.textrel, 0),
  rpath: (bytes) => searchPath(bytes, '/tmp'),
  'bad-interpreter': (bytes) => {
    bytes.write(
      '/lib/ld-none.so\0',
      contentOffset(bytes, segmentAt(bytes, segmentTypes.interpreter)),
      'latin1',
    )
  },
  'wrong-machine': (bytes) => {
    const [x86, arm] = [62, 183]
    bytes.writeUInt16LE(bytes.readUInt16LE(machineOffset) === x86 ? arm : x86, machineOffset)
  },
}
