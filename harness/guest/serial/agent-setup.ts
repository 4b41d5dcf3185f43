import { basics, findSpool } from './agent-basics.ts'
import type { AgentLine } from './agent-line.ts'
import {
  type BlockTransfer,
  blockFunctions,
  blockTrial,
  encoderFunctions,
  findPrograms,
  type GuestTools,
  transferFunctions,
  trial,
} from './agent-transfer.ts'
import { checksums } from './checksums.ts'
import { type Encoding, encodings } from './encodings.ts'
import { type Frame, isKind } from './frame.ts'
import { StreamAssembly } from './stream-assembly.ts'

/** Teaches the guest's end what takes no program: to run commands, and to send short texts. @throws DrydockError `SHELL_UNUSABLE` */
export const setUp = async (line: AgentLine): Promise<void> => {
  await line.teach(basics)
  const spool = await line.ask(findSpool(line.token), 'a writable folder', isKind('0', 'D'))
  if ((spool.fields[0] ?? '') === '') {
    throw line.unusable('no folder is writable to keep a command’s output until it has arrived')
  }
}

/**
 * Teaches it to send and to take any bytes, with whatever programs the guest has. On an emulated processor that takes as
 * long as a dozen commands, so it waits until there are such bytes.
 * @throws DrydockError `SHELL_UNUSABLE`
 */
export const findTools = async (line: AgentLine): Promise<GuestTools> => {
  const programs = await programsOf(line)
  const has = (name: string): boolean => programs.has(name)
  const encoding = await chooseEncoding(line, has)
  const blocks = await chooseBlocks(line, has, encoding)
  await line.teach(transferFunctions(encoding, blocks))
  return { encoding, blocks }
}

const programsOf = async (line: AgentLine): Promise<ReadonlySet<string>> => {
  const programs = new Set<string>()
  const stop = line.onFrame(({ id, kind, fields: [name] }) => {
    if (id === '0' && kind === 'T' && name !== undefined) {
      programs.add(name)
    }
  })
  try {
    await line.ask(findPrograms, 'the list of programs', ({ id, kind, fields: [name] }) =>
      id === '0' && kind === 'T' && name === '.' ? true : undefined,
    )
    return programs
  } finally {
    stop()
  }
}

const chooseEncoding = async (line: AgentLine, has: (name: string) => boolean): Promise<Encoding> => {
  for (const encoding of encodings) {
    if (encoding.program === undefined || has(encoding.program)) {
      await line.teach(encoderFunctions(encoding, has('awk')))
      if (await survivesTrial(line, encoding)) {
        return encoding
      }
    }
  }
  throw line.unusable('it has no working way to print bytes (base64, od, hexdump, xxd, or printf)')
}

const survivesTrial = async (line: AgentLine, encoding: Encoding): Promise<boolean> => {
  const { script, bytes } = trial(encoding)
  const assembly = new StreamAssembly(encoding.decode, undefined)
  await runTrial(line, script, encoding.name, (frame) => assembly.take(frame))
  return assembly.missing(1).length === 0 && assembly.bytes().equals(Buffer.from(bytes, 'latin1'))
}

/** Programs may be there in name only (an applet that was left out), so each is tried. */
const chooseBlocks = async (
  line: AgentLine,
  has: (name: string) => boolean,
  encoding: Encoding,
): Promise<BlockTransfer | undefined> => {
  if (!has('dd') || !has('wc') || !has('cat') || encoding.program === undefined) {
    return undefined
  }
  for (const checksum of checksums.filter(({ program }) => has(program))) {
    for (const isCompressed of has('gzip') ? [true, false] : [false]) {
      const blocks = { checksum, isCompressed }
      await line.teach(blockFunctions(blocks))
      if (await survivesBlockTrial(line, encoding, blocks)) {
        return blocks
      }
    }
  }
  return undefined
}

const survivesBlockTrial = async (
  line: AgentLine,
  encoding: Encoding,
  blocks: BlockTransfer,
): Promise<boolean> => {
  const expected = Buffer.from(blockTrial.bytes, 'latin1')
  const assembly = new StreamAssembly(encoding.decode, blocks.checksum)
  let size = ''
  await runTrial(line, blockTrial.script, blocks.checksum.program, (frame) => {
    if (frame.kind === 'N') {
      size = frame.fields[0] ?? ''
    } else {
      assembly.take(frame)
    }
  })
  return (
    size === String(expected.length) && assembly.missing(1).length === 0 && assembly.bytes().equals(expected)
  )
}

const runTrial = async (
  line: AgentLine,
  script: string,
  name: string,
  take: (frame: Frame) => void,
): Promise<void> => {
  const stop = line.onFrame((frame) => {
    if (frame.id === '0' && frame.kind !== 'Z') {
      take(frame)
    }
  })
  try {
    await line.ask(script, `a trial of ${name}`, isKind('0', 'Z'))
  } finally {
    stop()
  }
}
