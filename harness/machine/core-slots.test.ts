import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { execa } from 'execa'
import { dir } from 'tmp-promise'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { CoreSlots } from './core-slots.ts'
import { ownIdentity } from './process/process-identity.ts'

let directory: string
let cleanup: () => Promise<void>

beforeEach(async () => {
  const made = await dir({ unsafeCleanup: true })
  directory = made.path
  cleanup = made.cleanup
})
afterEach(() => cleanup())

const isSettled = async (promise: Promise<unknown>): Promise<boolean> =>
  await Promise.race([
    promise.then(() => true),
    new Promise<false>((resolve) => setImmediate(resolve, false)),
  ])

/** An identity like ours of a process that has ended. */
const deadIdentity = async (): Promise<string> => {
  const child = execa('true')
  await child
  const [, , namespace = '0'] = ownIdentity().split('-')
  return `${child.pid}-1-${namespace}`
}

describe('CoreSlots', () => {
  it('should give as many slots as there are cores, and the next when one is given back', async () => {
    const slots = new CoreSlots({ directory, cores: 2 })
    const first = await slots.take()
    const second = await slots.take()
    const third = slots.take()
    expect(await isSettled(third)).toBe(false)
    first[Symbol.dispose]()
    expect((await third).number).toBe(first.number)
    second[Symbol.dispose]()
  })

  it('should share one directory between those who ask, first come, first served', async () => {
    const mine = new CoreSlots({ directory, cores: 1 })
    const theirs = new CoreSlots({ directory, cores: 1 })
    const order: string[] = []
    const held = await mine.take()
    const waiting = [
      theirs.take().then((slot) => order.push('theirs') && slot[Symbol.dispose]()),
      mine.take().then((slot) => order.push('mine') && slot[Symbol.dispose]()),
    ]
    held[Symbol.dispose]()
    await Promise.all(waiting)
    expect(order).toEqual(['theirs', 'mine'])
    expect(readdirSync(directory)).toEqual([])
  })

  it('should take over the slot and the place in the queue of a process that has ended', async () => {
    const dead = await deadIdentity()
    writeFileSync(join(directory, 'slot-0'), dead)
    writeFileSync(join(directory, `wait-0-000001.${dead}`), dead)
    using slot = await new CoreSlots({ directory, cores: 1 }).take()
    expect(slot.number).toBe(0)
    expect(readdirSync(directory)).toEqual(['slot-0'])
  })

  it('should give up at once, and leave the queue, when it is told to', async () => {
    const slots = new CoreSlots({ directory, cores: 1 })
    using held = await slots.take()
    const giveUp = new AbortController()
    const waiting = slots.take(giveUp.signal)
    giveUp.abort(new Error('enough'))
    await expect(waiting).rejects.toThrow('enough')
    expect(held.number).toBe(0)
    expect(readdirSync(directory)).toEqual(['slot-0'])
  })

  it('should give a slot back only once', async () => {
    const slots = new CoreSlots({ directory, cores: 1 })
    const first = await slots.take()
    first[Symbol.dispose]()
    using second = await slots.take()
    first[Symbol.dispose]()
    expect(existsSync(join(directory, `slot-${second.number}`))).toBe(true)
  })
})
