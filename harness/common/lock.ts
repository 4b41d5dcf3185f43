import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { execa } from 'execa'
import { DrydockError } from './errors.ts'

/**
 * Runs `work` while no other process holds the lock file at `path`. The kernel's flock(2) is held by a child that
 * ends when its standard input does, so a killed holder never leaves a lock behind.
 */
export const withLock = async <Result>(path: string, work: () => Promise<Result>): Promise<Result> => {
  await mkdir(dirname(path), { recursive: true })
  const holder = execa('flock', ['--exclusive', path, 'sh', '-c', 'echo held; exec cat'], {
    reject: false,
    stdin: 'pipe',
    stdout: 'pipe',
    stderr: 'pipe',
  })
  const held = await Promise.race([
    new Promise<true>((resolve) => holder.stdout.once('data', () => resolve(true))),
    holder.then(() => false as const),
  ])
  try {
    if (!held) {
      const { stderr } = await holder
      throw new DrydockError(`expected to lock ${path}, flock(1) ended without: ${stderr}`, {
        code: 'LOCK_FAILED',
        blame: 'testbed',
        phase: 'prepare',
        hint: 'flock comes with util-linux; the cache folder must be writable.',
      })
    }
    return await work()
  } finally {
    holder.stdin.end()
    await holder
  }
}
