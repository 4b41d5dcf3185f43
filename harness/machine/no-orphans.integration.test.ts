import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { execa } from 'execa'
import pRetry from 'p-retry'
import { withDir } from 'tmp-promise'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createRunDirectory } from './process/run-directory.ts'
import { writeTinyKernel } from './testing/tiny-kernel.ts'

const program = new URL('./testing/hold-guest.ts', import.meta.url).pathname
const held = z.object({ pid: z.number(), memoryFile: z.string() })

const hold = (kernel: string, cache: string) =>
  execa(process.execPath, [program, kernel], {
    env: { XDG_CACHE_HOME: cache },
    reject: false,
    stdin: 'pipe',
  })

interface Holder {
  readonly process: ReturnType<typeof hold>
  /** QEMU's. */
  readonly pid: number
  readonly runDirectory: string
  readonly tickets: string
}

/** Starts a process that holds a guest, with a cache of its own. */
const withHolder = (use: (holder: Holder) => Promise<void>) =>
  withDir(
    async ({ path }) => {
      const kernel = await writeTinyKernel(join(path, 'kernel'), 'x86_64')
      const holder = hold(kernel, path)
      const line = await new Promise<string>((resolve, reject) => {
        holder.stdout.once('data', (chunk: Buffer) => resolve(chunk.toString()))
        void holder.then(({ stderr }) => reject(new Error(`ended early: ${stderr}`)))
      })
      const { pid, memoryFile } = held.parse(JSON.parse(line))
      const runDirectory = dirname(dirname(memoryFile))
      await use({ process: holder, pid, runDirectory, tickets: join(path, 'drydock', 'memory-budget') })
    },
    { unsafeCleanup: true },
  )

const isRunning = (pid: number) => existsSync(`/proc/${pid}`)

/** Waits until the process is gone, for the 5 s that are promised. */
const gone = (pid: number) =>
  pRetry(() => expect(isRunning(pid), `QEMU ${pid} still runs`).toBe(false), {
    retries: 100,
    minTimeout: 50,
    factor: 1,
    maxRetryTime: 5000,
  })

describe('a harness that ends', () => {
  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    'should leave no QEMU and no file after %s',
    async (signal) => {
      await withHolder(async ({ process: holder, pid, runDirectory, tickets }) => {
        expect(isRunning(pid)).toBe(true)
        holder.kill(signal)
        expect((await holder).signal).toBe(signal)
        await gone(pid)
        expect(existsSync(runDirectory)).toBe(false)
        expect(await readdir(tickets)).toEqual([])
      })
    },
  )

  it('should leave no QEMU and no file after an error that nobody caught', async () => {
    await withHolder(async ({ process: holder, pid, runDirectory, tickets }) => {
      holder.stdin.write('\n')
      expect((await holder).exitCode).toBe(1)
      await gone(pid)
      expect(existsSync(runDirectory)).toBe(false)
      expect(await readdir(tickets)).toEqual([])
    })
  })

  it('should leave no QEMU after kill -9, and no file once another guest was started', async () => {
    await withHolder(async ({ process: holder, pid, runDirectory }) => {
      holder.kill('SIGKILL')
      await holder
      await gone(pid)
      await createRunDirectory(dirname(runDirectory), undefined)[Symbol.asyncDispose]()
      expect(existsSync(runDirectory)).toBe(false)
    })
  })
})
