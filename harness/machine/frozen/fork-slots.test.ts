import { describe, expect, it } from 'vitest'
import { ForkSlots } from './fork-slots.ts'

const start = () => {
  const counts = { reserved: 0, released: 0 }
  const slots = new ForkSlots(async () => {
    counts.reserved += 1
    return {
      backedBy: async () => {},
      [Symbol.asyncDispose]: async () => {
        counts.released += 1
      },
    }
  })
  return { counts, slots }
}

describe('ForkSlots', () => {
  it('should hand what one fork gives back to the next one', async () => {
    const { counts, slots } = start()
    for (let count = 0; count < 5; count += 1) await (await slots.take())[Symbol.asyncDispose]()
    expect(counts).toEqual({ reserved: 1, released: 0 })
  })

  it('should keep few of them where many were needed at once, and none in the end', async () => {
    const { counts, slots } = start()
    const taken = await Promise.all(Array.from({ length: 6 }, () => slots.take()))
    const last = taken.pop()
    await Promise.all(taken.map((slot) => slot[Symbol.asyncDispose]()))
    expect(counts).toEqual({ reserved: 6, released: 3 })
    await slots[Symbol.asyncDispose]()
    expect(counts.released).toBe(5)
    await last?.[Symbol.asyncDispose]()
    expect(counts.released).toBe(6)
  })

  it('should hand on why there is no room', async () => {
    const slots = new ForkSlots(async () => {
      throw new Error('no room')
    })
    await expect(slots.take()).rejects.toThrow('no room')
  })
})
