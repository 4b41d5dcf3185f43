import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { dir } from 'tmp-promise'
import { afterEach, beforeEach, expect, it } from 'vitest'

let home: string
let cleanup: () => Promise<void>

beforeEach(async () => {
  const made = await dir({ unsafeCleanup: true })
  home = made.path
  cleanup = made.cleanup
  for (const part of ['frozen', 'images', 'cores']) {
    await mkdir(join(home, 'drydock', part), { recursive: true })
    await writeFile(join(home, 'drydock', part, 'file'), Buffer.alloc(2 ** 20, 1))
  }
})
afterEach(() => cleanup())

const drydock = (...args: readonly string[]) =>
  execa('node', [join(import.meta.dirname, 'main.ts'), ...args], {
    env: { XDG_CACHE_HOME: home },
    reject: false,
  })
const left = async () => (await readdir(join(home, 'drydock'))).sort()

it('should show what is in the cache and how much room it takes', async () => {
  const { stdout } = await drydock('cache', '--json')
  expect(JSON.parse(stdout)).toMatchObject({
    path: join(home, 'drydock'),
    parts: [{ name: 'cores' }, { name: 'frozen', bytes: 2 ** 20 }, { name: 'images', bytes: 2 ** 20 }],
  })
})

it('should remove the part that was named, or all but what running processes agree through', async () => {
  expect((await drydock('cache', 'clean', 'frozen')).stdout).toContain('removed 1.0 MiB')
  expect(await left()).toEqual(['cores', 'images'])
  await drydock('cache', 'clean')
  expect(await left()).toEqual(['cores'])
})

it('should refuse a part that does not exist, and remove nothing', async () => {
  const { exitCode, stderr } = await drydock('cache', 'clean', 'frozn')
  expect(exitCode).toBe(2)
  expect(stderr).toContain('found "frozn" (did you mean "frozen"?)')
  expect(await left()).toEqual(['cores', 'frozen', 'images'])
})
