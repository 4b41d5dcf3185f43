import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { type FakeStubOptions, reply, startFakeStub } from '../testing/fake-gdb-stub.ts'
import { GdbClient } from './client.ts'

const targetXml =
  '<target><reg name="cr0" bitsize="64"/><reg name="SCTLR_EL1" bitsize="64" regnum="9"/></target>'

const answers: Record<string, string> = {
  'qSupported:xmlRegisters=i386': 'PacketSize=1000;qXfer:features:read+',
  'qXfer:features:read:target.xml:0,ffb': `l${targetXml}`,
  p0: '3300058000000000',
  p9: '0102030405060708',
  D: 'OK',
}
const polite: FakeStubOptions = { answer: (request) => reply(answers[request] ?? '') }

describe('a client of the gdb stub', () => {
  it.each([
    { name: 'with the stop reply of a running machine', options: {} },
    { name: 'without a stop reply, from a stopped machine', options: { greeting: Buffer.alloc(0) } },
    { name: 'byte by byte', options: { dribble: true } },
  ])('should read registers by name, $name', async ({ options }) => {
    await using stub = await startFakeStub({ ...polite, ...options })
    await using client = await GdbClient.open(stub.socketPath)
    expect(await client.read('cr0')).toBe(0x80050033n)
    expect(await client.read('SCTLR', 'SCTLR_EL1')).toBe(0x0807060504030201n)
    expect(await client.read('TCR2_EL1')).toBeUndefined()
    await expect(client.require('TCR2_EL1')).rejects.toThrow('expected register TCR2_EL1, found 2 others')
    await client.detach()
    expect(stub.requests.at(-1)).toBe('D')
  })

  it('should stop acknowledging where the stub offers it', async () => {
    await using stub = await startFakeStub({
      answer: (request) => {
        if (request.startsWith('qSupported')) return reply('qXfer:features:read+;QStartNoAckMode+')
        if (request === 'QStartNoAckMode') return reply('OK')
        return reply(answers[request] ?? '').subarray(1)
      },
    })
    await using client = await GdbClient.open(stub.socketPath)
    expect(await client.read('cr0')).toBe(0x80050033n)
  })

  it('should ask again for a damaged answer and repeat a damaged request, but not for ever', async () => {
    await using stub = await startFakeStub({
      answer: (request, count) => {
        if (request === 'p0') return Buffer.from('+$330005800000000#00')
        if (request === 'nack') return reply('3300058000000000')
        if (request === 'p9' && stub.requests[count - 2] !== 'p9') return Buffer.from('-')
        return reply(answers[request] ?? '')
      },
    })
    await using client = await GdbClient.open(stub.socketPath)
    expect(await client.read('cr0')).toBe(0x80050033n)
    expect(await client.read('SCTLR_EL1')).toBe(0x0807060504030201n)
    await using deaf = await startFakeStub({ answer: () => Buffer.from('-') })
    await expect(GdbClient.open(deaf.socketPath)).rejects.toThrow('damaged on its way')
  })

  it.each([
    ['too short', '33', 'expected 64 bits of register cr0'],
    ['an error', 'E14', 'expected 64 bits of register cr0'],
    ['not available', 'x'.repeat(16), 'expected 64 bits of register cr0'],
  ])('should refuse a register value that is %s', async (_, value, message) => {
    await using stub = await startFakeStub({
      answer: (request) => reply(request === 'p0' ? value : (answers[request] ?? '')),
    })
    await using client = await GdbClient.open(stub.socketPath)
    await expect(client.read('cr0')).rejects.toThrow(message)
  })

  it('should give up a request at its deadline and say which', async () => {
    await using stub = await startFakeStub({
      answer: (request) => (request === 'p0' ? undefined : reply(answers[request] ?? '')),
    })
    await using client = await GdbClient.open(stub.socketPath, { deadlineMs: 50 })
    await expect(client.read('cr0')).rejects.toMatchObject({
      timedOut: true,
      shortMessage: "QEMU's gdb stub did not answer p0 in 50 ms",
    })
    await expect(client.read('SCTLR_EL1')).rejects.toThrow('did not answer p0')
  })

  it('should refuse a description that never ends', async () => {
    await using stub = await startFakeStub({
      answer: (request) =>
        reply(request.startsWith('qXfer') ? `m${' '.repeat(4000)}` : (answers[request] ?? '')),
    })
    await expect(GdbClient.open(stub.socketPath)).rejects.toThrow('expected a piece of target.xml')
  })

  it('should say where it could not connect', async () => {
    await expect(GdbClient.open('/nonexistent/gdb')).rejects.toThrow('gdb stub at /nonexistent/gdb')
  })
})

interface Exchange {
  readonly request: string
  /** What QEMU sent for it, acknowledgements and framing included. */
  readonly wire: string
}

const transcript = async (name: string): Promise<Exchange[]> => {
  const text = await readFile(new URL(`../../../fixtures/gdb/${name}.jsonl`, import.meta.url), 'utf8')
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Exchange)
}

describe('a client of the gdb stub, on what QEMU really sent', () => {
  it.each([
    { name: 'x86_64', count: 58, register: 'cr4', thread: '02', mask: 0x100000n },
    { name: 'arm64', count: 250, register: 'SCTLR', thread: '02', mask: 0x1n },
  ])('should understand $name', async ({ name, count, register, mask, thread }) => {
    const exchanges = await transcript(name)
    await using stub = await startFakeStub({
      greeting: Buffer.alloc(0), // QEMU's stop reply stands in front of its first answer
      answer: (request) => {
        const index = exchanges.findIndex((exchange) => exchange.request === request)
        const [exchange] = index < 0 ? [] : exchanges.splice(index, 1)
        return exchange === undefined ? undefined : Buffer.from(exchange.wire, 'latin1')
      },
    })
    await using client = await GdbClient.open(stub.socketPath, { deadlineMs: 500 })
    expect(client.registers.size).toBeGreaterThan(count)
    expect(await client.threads()).toEqual(['01', thread])
    await client.selectThread(thread)
    expect(((await client.read(register)) ?? 0n) & mask).toBe(mask)
    await client.detach()
  })
})
