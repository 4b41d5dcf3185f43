import { join } from 'node:path'
import { execa } from 'execa'
import { withDir } from 'tmp-promise'
import { describe, expect, it } from 'vitest'
import { withLock } from './lock.ts'

describe('withLock', () => {
  it('should let one in at a time', async () => {
    await withDir(
      async ({ path }) => {
        const events: string[] = []
        const work = (name: string) => async (): Promise<void> => {
          events.push(`${name} in`)
          await new Promise((resolve) => setImmediate(resolve))
          events.push(`${name} out`)
        }
        const lock = join(path, 'lock')
        await Promise.all(['a', 'b', 'c'].map((name) => withLock(lock, work(name))))
        for (let index = 0; index < events.length; index += 2) {
          expect(events[index + 1]).toBe(events[index]?.replace('in', 'out'))
        }
      },
      { unsafeCleanup: true },
    )
  })

  it('should be free again after work that failed', async () => {
    await withDir(
      async ({ path }) => {
        const lock = join(path, 'lock')
        await expect(withLock(lock, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken')
        expect(await withLock(lock, async () => 'done')).toBe('done')
      },
      { unsafeCleanup: true },
    )
  })

  it('should be free again after its holder was killed', async () => {
    await withDir(
      async ({ path }) => {
        const lock = join(path, 'lock')
        const script = `
          import { withLock } from ${JSON.stringify(join(import.meta.dirname, 'lock.ts'))}
          await withLock(${JSON.stringify(lock)}, async () => {
            console.log('held')
            await new Promise((resolve) => setTimeout(resolve, 60_000))
          })`
        const holder = execa(process.execPath, ['--input-type=module', '--eval', script], { reject: false })
        await new Promise((resolve) => holder.stdout.once('data', resolve))
        holder.kill('SIGKILL')
        await holder
        expect(await withLock(lock, async () => 'done')).toBe('done')
      },
      { unsafeCleanup: true },
    )
  })
})
