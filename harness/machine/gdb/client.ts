import { neutraliseLine } from '../../common/text.ts'
import { GdbConnection } from './connection.ts'
import { protocolError } from './packet.ts'
import { type GdbRegister, readTargetDescription } from './target-description.ts'

const descriptionLimit = 1024 * 1024
const threadsLimit = 1024
const chunk = 0xffb // what QEMU's packets of 4 KiB hold

const show = (answer: Buffer): string => `'${neutraliseLine(answer.toString('latin1'), 60)}'`

/**
 * A debugger's view of a whole machine through QEMU's gdb stub. The machine stands still from `open` on; `detach` lets it
 * run again. Disposing without `detach` leaves it stopped, which is right for a machine that had been stopped before.
 */
export class GdbClient implements AsyncDisposable {
  readonly #connection: GdbConnection
  readonly #registers: ReadonlyMap<string, GdbRegister>

  private constructor(connection: GdbConnection, registers: ReadonlyMap<string, GdbRegister>) {
    this.#connection = connection
    this.#registers = registers
  }

  /**
   * @param options.deadlineMs for each request. @default 5000
   * @param options.registers from an earlier client of the same machine; saves reading most of the target description.
   */
  static async open(
    socketPath: string,
    options: { deadlineMs?: number; registers?: ReadonlyMap<string, GdbRegister> } = {},
  ): Promise<GdbClient> {
    const connection = await GdbConnection.open(socketPath, options.deadlineMs ?? 5000)
    try {
      // Not announcing `multiprocess` keeps thread ids and `D` in their simple form.
      const supported = (await connection.request('qSupported:xmlRegisters=i386'))
        .toString('latin1')
        .split(';')
      if (supported.includes('QStartNoAckMode+')) {
        const answer = await connection.request('QStartNoAckMode')
        if (answer.toString('latin1') === 'OK') connection.stopAcknowledging()
      }
      if (!supported.includes('qXfer:features:read+'))
        throw protocolError(`gdb stub: expected qXfer:features:read, found ${supported.join(';')}`)
      const read = (annex: string): Promise<string> => readAnnex(connection, annex)
      // QEMU answers `p` only to a client that has asked for the description, so one that knows it asks all the same.
      if (options.registers !== undefined) await read('target.xml')
      const registers = options.registers ?? (await readTargetDescription(read))
      return new GdbClient(connection, registers)
    } catch (error) {
      await connection[Symbol.asyncDispose]()
      throw error
    }
  }

  /** The registers that the machine has, by the names that this version of QEMU gives them. */
  get registers(): ReadonlyMap<string, GdbRegister> {
    return this.#registers
  }

  /** Thread ids, one per virtual CPU, in the order of the CPUs. */
  async threads(): Promise<string[]> {
    const threads: string[] = []
    for (let query = 'qfThreadInfo'; ; query = 'qsThreadInfo') {
      const answer = await this.#connection.request(query)
      const text = answer.toString('latin1')
      if (text === 'l') return threads
      if (!/^m[0-9a-f.,p]+$/.test(text) || threads.length > threadsLimit)
        throw protocolError(`gdb stub: expected thread ids as answer to ${query}, found ${show(answer)}`)
      threads.push(...text.slice(1).split(','))
    }
  }

  /** The thread whose registers are read from now on; the first where it is never called. */
  async selectThread(thread: string): Promise<void> {
    const answer = await this.#connection.request(`Hg${thread}`)
    if (answer.toString('latin1') !== 'OK')
      throw protocolError(`gdb stub: expected OK for thread ${thread}, found ${show(answer)}`)
  }

  /**
   * The value of the first of these names that the machine has; undefined where it has none of them.
   * QEMU's names of system registers differ between versions (`SCTLR`, `SCTLR_EL1`).
   */
  async read(...names: readonly [string, ...string[]]): Promise<bigint | undefined> {
    const found = names.map((name) => this.#registers.get(name)).find((register) => register !== undefined)
    if (found === undefined) return undefined
    const answer = await this.#connection.request(`p${found.number.toString(16)}`)
    const digits = answer.toString('latin1')
    if (digits.length !== Math.ceil(found.bits / 8) * 2 || !/^[0-9a-f]+$/i.test(digits))
      throw protocolError(
        `gdb stub: expected ${found.bits} bits of register ${found.name}, found ${show(answer)}`,
      )
    // Both architectures are little-endian, and the stub sends bytes in the machine's order.
    return BigInt(`0x${Buffer.from(digits, 'hex').reverse().toString('hex')}`)
  }

  /** Like `read`, for a register without which nothing can be said. */
  async require(...names: readonly [string, ...string[]]): Promise<bigint> {
    const value = await this.read(...names)
    if (value === undefined)
      throw protocolError(
        `gdb stub: expected register ${names.join(' or ')}, found ${this.#registers.size} others`,
      )
    return value
  }

  /** Lets the machine run and ends the session. */
  async detach(): Promise<void> {
    const answer = await this.#connection.request('D')
    if (answer.toString('latin1') !== 'OK')
      throw protocolError(`gdb stub: expected OK for detach, found ${show(answer)}`)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#connection[Symbol.asyncDispose]()
  }
}

const readAnnex = async (connection: GdbConnection, annex: string): Promise<string> => {
  if (!/^[\w.-]+$/.test(annex)) throw protocolError('gdb target description: an include has an unusable name')
  const parts: Buffer[] = []
  for (let offset = 0; ; ) {
    const query = `qXfer:features:read:${annex}:${offset.toString(16)},${chunk.toString(16)}`
    const answer = await connection.request(query)
    const more = answer.toString('latin1', 0, 1)
    if ((more !== 'm' && more !== 'l') || (more === 'm' && answer.length === 1) || offset > descriptionLimit)
      throw protocolError(`gdb stub: expected a piece of ${annex}, found ${show(answer)}`)
    parts.push(answer.subarray(1))
    offset += answer.length - 1
    if (more === 'l') return Buffer.concat(parts).toString('latin1')
  }
}
