import { once } from 'node:events'
import { closeSync, constants, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate, setTimeout } from 'node:timers/promises'
import { execa } from 'execa'
import { describe, expect, it } from 'vitest'
import { PacedPipe } from './paced-pipe.ts'

/** A line with both of its ends in our hands. */
const openLine = async () => {
  const folder = mkdtempSync(join(tmpdir(), 'paced-pipe-test-'))
  const paths = [join(folder, 'guest-writes'), join(folder, 'guest-reads')] as const
  await execa('mkfifo', paths)
  const [guestWrites, guestReads] = paths.map((path) =>
    // Both ways, so that opening waits for nobody.
    openSync(path, constants.O_RDWR | constants.O_NONBLOCK),
  ) as [number, number]
  const input = openSync(paths[0], constants.O_RDONLY | constants.O_NONBLOCK)
  const output = openSync(paths[1], constants.O_WRONLY | constants.O_NONBLOCK)
  const pipe = new PacedPipe({ input, output })
  const chunks: Buffer[] = []
  return {
    pipe,
    chunks,
    guestWrites,
    guestReads,
    heard: () => Buffer.concat(chunks).toString(),
    listen: () => pipe.on('data', (chunk: Buffer) => chunks.push(chunk)),
    [Symbol.dispose]() {
      pipe.destroy()
      closeSync(guestReads)
      rmSync(folder, { recursive: true })
    },
  }
}

describe('PacedPipe', () => {
  it('should hand on a few words as they come', async () => {
    using line = await openLine()
    line.listen()
    for (const letter of 'login: ') {
      writeSync(line.guestWrites, letter)
      while (!line.heard().endsWith(letter)) await setImmediate()
    }
    expect(line.chunks).toHaveLength('login: '.length)
    closeSync(line.guestWrites)
  })

  it('should gather the letters of a long speech, lose none, and come to the end', async () => {
    using line = await openLine()
    line.listen()
    const letters = Array.from({ length: 3000 }, (_, index) => String.fromCharCode(0x61 + (index % 26)))
    for (const letter of letters) {
      writeSync(line.guestWrites, letter)
      await setImmediate()
    }
    closeSync(line.guestWrites)
    await Promise.all([once(line.pipe, 'close'), line.pipe.ended])
    expect(line.heard()).toBe(letters.join(''))
    expect(line.chunks.length).toBeLessThan(1000)
  })

  it('should leave with the guest what nobody reads', async () => {
    using line = await openLine()
    let written = 0
    const fill = async (): Promise<boolean> => {
      try {
        written += writeSync(line.guestWrites, Buffer.alloc(4096))
        return true
      } catch {
        // Full for now: what was taken of it shows in a moment, where anyone takes it.
        await setTimeout(20)
        return false
      }
    }
    for (let refusals = 0; refusals < 5; ) refusals = (await fill()) ? 0 : refusals + 1
    expect(written).toBeLessThan(512 * 1024)
    line.listen()
    closeSync(line.guestWrites)
    await Promise.all([once(line.pipe, 'close'), line.pipe.ended])
    expect(Buffer.concat(line.chunks)).toHaveLength(written)
  })

  it('should carry what is typed', async () => {
    using line = await openLine()
    await new Promise<void>((resolve, reject) =>
      line.pipe.write('uname\n', (error) => (error ? reject(error) : resolve())),
    )
    const typed = Buffer.alloc(100)
    expect(typed.toString('latin1', 0, readSync(line.guestReads, typed))).toBe('uname\n')
    closeSync(line.guestWrites)
  })
})
