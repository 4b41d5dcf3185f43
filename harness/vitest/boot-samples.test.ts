import { describe, expect, it } from 'vitest'
import type { BootFact, BootSample } from '../guest/boot-sample.ts'
import type { ColdGuest, Guest } from '../guest/guest.ts'
import { BootSamples, type BootSources } from './boot-samples.ts'

const names = new WeakMap<Guest, string>()
const guestNamed = (name: string, origin: Guest['origin']): Guest => {
  const guest = { origin, machine: { origin }, async [Symbol.asyncDispose]() {} } as unknown as Guest
  names.set(guest, name)
  return guest
}
const fact = (what: string, from: 'kernel' | 'login'): BootFact<string> => ({
  what,
  from,
  read: async (guest) => `${what} of ${names.get(guest)}`,
})
const address = fact('address', 'kernel')
const key = fact('key', 'login')

const open = (change: Partial<BootSources> = {}) => {
  const boots: string[] = []
  const samples = new BootSamples({
    known: async () => ({ name: 'the frozen one', guest: guestNamed('frozen', 'fork') }),
    boot: async (until) => {
      boots.push(until)
      return guestNamed(`boot ${boots.length}`, 'power-on') as ColdGuest
    },
    ...change,
  })
  return { samples, boots }
}

const first = async <Value>(
  count: number,
  samples: AsyncIterable<BootSample<Value>>,
): Promise<readonly BootSample<Value>[]> => {
  const taken: BootSample<Value>[] = []
  for await (const sample of samples) {
    taken.push(sample)
    if (taken.length === count) break
  }
  return taken
}
const values = async (count: number, samples: AsyncIterable<BootSample<string>>) =>
  (await first(count, samples)).map(({ value }) => value)

describe('BootSamples', () => {
  it('should make one boot for all that was announced, as far as any of it needs', async () => {
    const { samples, boots } = open()
    samples.announce([address])
    samples.announce([key])
    await samples.prepare()
    expect(await values(2, samples.of(address))).toEqual(['address of frozen', 'address of boot 1'])
    expect(await values(2, samples.of(key))).toEqual(['key of frozen', 'key of boot 1'])
    expect(boots).toEqual(['login'])
  })

  it('should give a sample of each boot once, and boot anew for more', async () => {
    const { samples, boots } = open()
    const [one, two, three] = await first(3, samples.of(address))
    expect(new Set([one?.boot, two?.boot, three?.boot]).size).toBe(3)
    expect(await values(3, samples.of(address))).toEqual([one, two, three].map((each) => each?.value))
    expect(boots).toEqual(['kernel', 'kernel'])
  })

  it('should pass over a boot that did not come far enough', async () => {
    const { samples, boots } = open()
    await first(2, samples.of(address))
    expect(await values(2, samples.of(key))).toEqual(['key of frozen', 'key of boot 2'])
    expect(boots).toEqual(['kernel', 'login'])
  })

  it('should do without the frozen guest where nobody else needs it', async () => {
    const { samples, boots } = open({ known: () => undefined })
    expect(await values(2, samples.of(address))).toEqual(['address of boot 1', 'address of boot 2'])
    expect(boots).toHaveLength(2)
  })

  it('should tell everybody who compares boots why there is none', async () => {
    const { samples } = open({ boot: () => Promise.reject(new Error('no kernel')) })
    samples.announce([key])
    await samples.prepare()
    await expect(first(2, samples.of(key))).rejects.toThrow('no kernel')
    await expect(first(2, samples.of(address))).rejects.toThrow('no kernel')
  })

  it('should tell who asks for a fact that it could not be read', async () => {
    const broken: BootFact<string> = { ...key, read: () => Promise.reject(new Error('no probe')) }
    const { samples } = open()
    samples.announce([broken, address])
    await samples.prepare()
    await expect(first(1, samples.of(broken))).rejects.toThrow('no probe')
    expect(await values(2, samples.of(address))).toHaveLength(2)
  })

  it('should refuse a fork that passes itself off as a boot', async () => {
    const { samples } = open({ boot: async () => guestNamed('fork', 'fork') as unknown as ColdGuest })
    await expect(first(2, samples.of(address))).rejects.toMatchObject({ code: 'FORKED_RANDOMNESS' })
  })
})
