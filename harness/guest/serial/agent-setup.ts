import type { AgentLine } from './agent-line.ts'
import {
  type BlockTransfer,
  basics,
  blockTrials,
  commandFunctions,
  encoderFunctions,
  findSpool,
  type GuestTools,
  transferFunctions,
  trial,
} from './agent-script.ts'
import { checksums } from './checksums.ts'
import { type Encoding, encodings } from './encodings.ts'
import { type Frame, isKind } from './frame.ts'
import { StreamAssembly } from './stream-assembly.ts'

/** Teaches the guest's end its functions, with whatever programs the guest has. @throws DrydockError `SHELL_UNUSABLE` */
export const setUp = async (line: AgentLine): Promise<GuestTools> => {
  const programs = new Set<string>()
  const stop = line.onFrame(({ kind, fields: [name] }) => {
    if (kind === 'T' && name !== undefined) {
      programs.add(name)
    }
  })
  await line.teach(basics.slice(0, -1))
  await line.ask(basics.at(-1) ?? '', 'the list of programs', (frame) =>
    frame.kind === 'T' && frame.fields[0] === '.' ? true : undefined,
  )
  stop()
  const spool = await line.ask(findSpool(line.token), 'a writable folder', isKind('0', 'D'))
  if ((spool.fields[0] ?? '') === '') {
    throw line.unusable('no folder is writable to keep a command’s output until it has arrived')
  }
  const has = (name: string): boolean => programs.has(name)
  const encoding = await chooseEncoding(line, has)
  const blocks = await chooseBlocks(line, has, encoding)
  await line.teach([...transferFunctions(blocks), ...commandFunctions(encoding, has('rm'))])
  return { encoding, blocks }
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
      await line.teach(transferFunctions(blocks))
      if (await survivesBlockTrials(line, encoding, blocks)) {
        return blocks
      }
    }
  }
  return undefined
}

const survivesBlockTrials = async (
  line: AgentLine,
  encoding: Encoding,
  blocks: BlockTransfer,
): Promise<boolean> => {
  for (const { script, bytes } of blockTrials) {
    const expected = Buffer.from(bytes, 'latin1')
    const assembly = new StreamAssembly(encoding.decode, blocks.checksum)
    let size = ''
    await runTrial(line, script, blocks.checksum.program, (frame) => {
      if (frame.kind === 'N') {
        size = frame.fields[0] ?? ''
      } else {
        assembly.take(frame)
      }
    })
    if (
      size !== String(expected.length) ||
      assembly.missing(1).length > 0 ||
      !assembly.bytes().equals(expected)
    ) {
      return false
    }
  }
  return true
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
