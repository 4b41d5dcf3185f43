import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { withDir } from 'tmp-promise'
import { describe, expect, it } from 'vitest'
import { type MemoryHost, reserveMemory } from './memory-budget.ts'
import { ownIdentity } from './process/process-identity.ts'

const mebibyte = 1024 ** 2
const gibibyte = 1024 ** 3

/** A host with room for one guest of 1 GiB beside QEMU's own needs and the reserve, but not for two. */
const withHost = (use: (host: MemoryHost) => Promise<void>) =>
  withDir(
    ({ path }) =>
      use({ directory: join(path, 'tickets'), available: () => 2 * gibibyte, total: 8 * gibibyte }),
    { unsafeCleanup: true },
  )

/** Starts a reservation; `waiting` resolves with the reason when it has to wait. */
const start = (host: MemoryHost, mebibytes: number, signal?: AbortSignal) => {
  const waiting = Promise.withResolvers<string>()
  const reservation = reserveMemory({ mebibytes, onWait: waiting.resolve, signal }, host)
  return { reservation, waiting: waiting.promise }
}

describe('reserveMemory', () => {
  it('should let a guest wait until another one has ended, and say why', async () => {
    await withHost(async (host) => {
      const first = await reserveMemory({ mebibytes: 1024 }, host)
      const second = start(host, 1024)
      expect(await second.waiting).toMatch(/needs 1344 MiB .* are free beside 1 running guest/)
      await first[Symbol.asyncDispose]()
      await (await second.reservation)[Symbol.asyncDispose]()
      expect(await readdir(host.directory)).toEqual([])
    })
  })

  it('should not let a small guest overtake a large one', async () => {
    await withHost(async (host) => {
      const first = await reserveMemory({ mebibytes: 1024 }, host)
      const large = start(host, 1024)
      await large.waiting
      const small = start(host, 1)
      expect(await small.waiting).toContain('came earlier')
      await first[Symbol.asyncDispose]()
      await using _large = await large.reservation
      await using _small = await small.reservation
    })
  })

  it('should not count memory twice that a guest has already taken', async () => {
    await withHost(async ({ directory, total }) => {
      // Both guests with QEMU's own and the reserve, less 8 of the 16 MiB that the first one will have taken.
      const host = { directory, total, available: () => (16 + 320 + 1024 + 320 + 256 - 8) * mebibyte }
      await using first = await reserveMemory({ mebibytes: 16 }, host)
      const memory = join(directory, '..', 'memory')
      await first.backedBy(memory)
      const second = start(host, 1024)
      expect(await second.waiting).toContain('1336 MiB are free')
      await writeFile(memory, Buffer.alloc(16 * mebibyte, 1))
      await using _second = await second.reservation
    })
  })

  it('should forget the tickets of dead processes', async () => {
    await withHost(async (host) => {
      await (await reserveMemory({ mebibytes: 1 }, host))[Symbol.asyncDispose]()
      const dead = ownIdentity().replace(/-\d+-/, '-1-')
      await writeFile(join(host.directory, `1.${dead}`), '{"bytes": 99999999999, "granted": true}')
      await writeFile(join(host.directory, `2.${ownIdentity()}`), '{"bytes": 99')
      await using _reservation = await reserveMemory({ mebibytes: 1024, deadlineMs: 0 }, host)
    })
  })

  it('should say at once that a guest can never fit', async () => {
    await withHost(async (host) => {
      await expect(reserveMemory({ mebibytes: 8192 }, host)).rejects.toMatchObject({
        code: 'MEMORY_TOO_SMALL',
        hint: expect.stringContaining('less memory'),
      })
    })
  })

  it('should give up after the deadline with the reason, and leave the queue', async () => {
    await withHost(async (host) => {
      await using _first = await reserveMemory({ mebibytes: 1024 }, host)
      await expect(reserveMemory({ mebibytes: 1024, deadlineMs: 1 }, host)).rejects.toMatchObject({
        code: 'MEMORY_UNAVAILABLE',
        timedOut: true,
        message: expect.stringContaining('are free beside 1 running guest'),
      })
      expect(await readdir(host.directory)).toHaveLength(1)
    })
  })

  it('should stop waiting when it is aborted', async () => {
    await withHost(async (host) => {
      await using _first = await reserveMemory({ mebibytes: 1024 }, host)
      const abort = new AbortController()
      const second = start(host, 1024, abort.signal)
      await second.waiting
      abort.abort()
      await expect(second.reservation).rejects.toThrow('aborted')
      expect(await readdir(host.directory)).toHaveLength(1)
    })
  })
})
