import { Parser } from 'htmlparser2'
import { protocolError } from './packet.ts'

export interface GdbRegister {
  readonly name: string
  /** The number by which `p` packets name it. */
  readonly number: number
  readonly bits: number
}

const includesLimit = 32
const depthLimit = 4
const registersLimit = 4096
const bitsLimit = 256 * 256 * 8 // SME's array ZA, which QEMU shows from version 11 on; the next largest is an SVE vector of 2048

const whole = (text: string | undefined, limit: number): number | undefined => {
  if (text === undefined || !/^\d{1,6}$/.test(text)) return undefined
  const value = Number(text)
  return value <= limit ? value : undefined
}

interface Started {
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
}

const startedElements = (xml: string): Started[] => {
  const started: Started[] = []
  const parser = new Parser(
    { onopentag: (name, attributes) => started.push({ name, attributes: { ...attributes } }) },
    { xmlMode: true },
  )
  parser.end(xml)
  return started
}

/**
 * The registers of a target description, in order, from `target.xml` and the files that it includes. A register without
 * a number follows the one before it (gdb manual, "Target Description Format"); where a name occurs twice the first counts.
 */
export const readTargetDescription = async (
  read: (annex: string) => Promise<string>,
): Promise<ReadonlyMap<string, GdbRegister>> => {
  const registers = new Map<string, GdbRegister>()
  let next = 0
  let files = 0
  let seen = 0

  const register = ({ name, bitsize, regnum }: Readonly<Record<string, string>>): void => {
    const number = regnum === undefined ? next : whole(regnum, 65_535)
    const bits = whole(bitsize, bitsLimit)
    if (name === undefined || bits === undefined || number === undefined)
      throw protocolError(
        `gdb target description: expected a register's name, bitsize and regnum, found ${name}, ${bitsize}, ${regnum}`,
      )
    next = number + 1
    if (++seen > registersLimit)
      throw protocolError(`gdb target description: expected at most ${registersLimit} registers, found more`)
    if (!registers.has(name)) registers.set(name, { name, number, bits })
  }

  const readFile = async (annex: string, depth: number): Promise<void> => {
    if (++files > includesLimit || depth > depthLimit)
      throw protocolError(`gdb target description: too many or too deep includes, at ${annex}`)
    for (const { name, attributes } of startedElements(await read(annex))) {
      if (name === 'reg') register(attributes)
      else if (name === 'xi:include' && attributes.href !== undefined)
        await readFile(attributes.href, depth + 1)
    }
  }

  await readFile('target.xml', 0)
  return registers
}
