import { existsSync, readdirSync, statSync } from 'node:fs'
import { expect, it, vi } from 'vitest'
import { Berths } from './berths.ts'

it('should give each fork a folder and pipes of its own, and remove them with it', async () => {
  await using berths = new Berths(undefined)
  const paths: string[] = []
  for (let count = 0; count < 3; count += 1) {
    await using berth = await berths.take()
    expect(statSync(`${berth.consolePipe.path}.in`).isFIFO()).toBe(true)
    expect(statSync(`${berth.consolePipe.path}.out`).isFIFO()).toBe(true)
    paths.push(berth.directory.path)
  }
  expect(new Set(paths).size).toBe(3)
  expect(paths.map((path) => existsSync(path))).toEqual([false, false, false])
})

it('should make the next one beforehand, and leave none behind that nobody took', async () => {
  const ours = () => readdirSync('/dev/shm').filter((name) => name.startsWith(`drydock-${process.pid}-`))
  const before = ours()
  const berths = new Berths(undefined)
  const taken = await Promise.all([berths.take(), berths.take(), berths.take()])
  await vi.waitFor(() => expect(ours()).toHaveLength(before.length + taken.length + 1))
  const prepared = ours().filter((name) => !before.includes(name))
  const next = await berths.take()
  expect(prepared.some((name) => next.directory.path.includes(name))).toBe(true)
  await berths[Symbol.asyncDispose]()
  for (const berth of [...taken, next]) await berth[Symbol.asyncDispose]()
  expect(ours()).toEqual(before)
})
