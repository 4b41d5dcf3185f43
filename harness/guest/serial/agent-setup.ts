import type { AgentLine } from './agent-line.ts'
import {
  basics,
  blockTrial,
  commandFunctions,
  encoderFunctions,
  findSpool,
  type GuestTools,
  transferFunctions,
  trial,
} from './agent-script.ts'
import { type Checksum, checksums } from './checksums.ts'
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
  for (const text of basics.slice(0, -1)) {
    await line.type(text)
  }
  await line.ask(basics.at(-1) ?? '', 'the list of programs', (frame) =>
    frame.kind === 'T' && frame.fields[0] === '.' ? true : undefined,
  )
  stop()
  const spool = await line.ask(findSpool(line.token), 'a writable folder', isKind('0', 'D'))
  if ((spool.fields[0] ?? '') === '') {
    throw line.unusable('no folder is writable to keep a command’s output until it has arrived')
  }
  const has = (name: string): boolean => programs.has(name)
  const hasAwk = has('awk')
  const encoding = await chooseEncoding(line, has, hasAwk)
  const checksum = await chooseChecksum(line, has, encoding)
  for (const text of [...transferFunctions(checksum), ...commandFunctions(encoding, has('rm'))]) {
    await line.type(text)
  }
  await line.ask(`W '0;S'`, 'the end of the set-up', isKind('0', 'S'))
  return { encoding, hasAwk, checksum, hasRm: has('rm') }
}

const chooseEncoding = async (
  line: AgentLine,
  has: (name: string) => boolean,
  hasAwk: boolean,
): Promise<Encoding> => {
  for (const encoding of encodings) {
    if (encoding.program === undefined || has(encoding.program)) {
      for (const text of encoderFunctions(encoding, hasAwk)) {
        await line.type(text)
      }
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
  return assembly.bytes().equals(Buffer.from(bytes, 'latin1'))
}

/** Programs may be there in name only (an applet that was left out), so each is tried. */
const chooseChecksum = async (
  line: AgentLine,
  has: (name: string) => boolean,
  encoding: Encoding,
): Promise<Checksum | undefined> => {
  if (!has('dd') || !has('wc') || encoding.program === undefined) {
    return undefined
  }
  for (const checksum of checksums.filter(({ program }) => has(program))) {
    for (const text of transferFunctions(checksum)) {
      await line.type(text)
    }
    const expected = Buffer.from(blockTrial.bytes, 'latin1')
    const assembly = new StreamAssembly(encoding.decode, checksum)
    let size = ''
    await runTrial(line, blockTrial.script, checksum.program, (frame) => {
      if (frame.kind === 'N') {
        size = frame.fields[0] ?? ''
      } else {
        assembly.take(frame)
      }
    })
    if (size === String(expected.length) && assembly.missing(1).length === 0) {
      return checksum
    }
  }
  return undefined
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
