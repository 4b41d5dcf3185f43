import { mkdtemp, readFile, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Console } from './console.ts'
import { find, positionNow, waitFor } from './expect.ts'
import { recordTo } from './recording.ts'

const wait = { phase: 'init', what: 'a service', reason: 'a test', timeoutMs: 5000 } as const

let stream: PassThrough
let console: Console
beforeEach(() => {
  stream = new PassThrough()
  console = new Console(stream)
})
afterEach(() => console[Symbol.dispose]())

describe('waiting on a console', () => {
  it('should match within a finished line or a prompt, and say where to go on', async () => {
    stream.write('first service up\nsecond serv')
    const first = await waitFor(console, /service/, { ...wait, from: { line: 0, column: 0 } })
    expect(first.end).toEqual({ line: 0, column: 13 })
    const second = waitFor(console, /(\w+) service/, { ...wait, from: first.end })
    stream.write('ice')
    expect((await second).groups).toEqual(['second'])
  })

  it('should not see what came before', async () => {
    stream.write('ready\n')
    await waitFor(console, /ready/, { ...wait, from: { line: 0, column: 0 } })
    expect(find(console, /ready/, positionNow(console))).toBeUndefined()
  })

  it('should time out with the phase, what was awaited, the reason and the last 20 lines, made safe', async () => {
    stream.write(`${Array.from({ length: 30 }, (_, index) => `line ${index}`).join('\n')}\u0007`)
    await waitFor(console, /line 29/, wait)
    const waiting = waitFor(console, /never/, { ...wait, timeoutMs: 50 })
    await expect(waiting).rejects.toMatchObject({
      code: 'TIMED_OUT',
      phase: 'init',
      blame: 'guest',
      timedOut: true,
    })
    await expect(waiting).rejects.toThrow(/waiting for a service \(a test\)\nConsole, last lines:\nline 10\n/)
    await expect(waiting).rejects.toThrow(/line 29\\x07$/)
  })

  it('should end at once when the guest dies, with the excerpt', async () => {
    const waiting = waitFor(console, /never/, { ...wait, timeoutMs: 60_000 })
    stream.write('before\n[    1.000000] Kernel panic - not syncing: gone\n')
    stream.write('[    1.000001] ---[ end Kernel panic - not syncing: gone ]---\n')
    await expect(waiting).rejects.toMatchObject({ code: 'GUEST_PANIC', guestDied: true, phase: 'init' })
    await expect(waiting).rejects.not.toThrow(/before/)
    expect(console.life.death).toMatchObject({ kind: 'panic', source: 'console' })
  })

  it('should report a panic without an end within 3 s although nothing more comes', async () => {
    const startedAt = performance.now()
    stream.write('[    1.000000] Kernel panic - not syncing: gone\n')
    await console.life.died
    expect(performance.now() - startedAt).toBeLessThan(3000)
  })

  it('should end when the console has been silent for too long', async () => {
    const waiting = waitFor(console, /never/, { ...wait, silenceMs: 50 })
    await expect(waiting).rejects.toMatchObject({ code: 'GUEST_SILENT' })
  })

  it('should end when the console closes', async () => {
    const waiting = waitFor(console, /never/, wait)
    stream.end('last words')
    await expect(waiting).rejects.toMatchObject({ code: 'CONSOLE_CLOSED', guestDied: true })
    await expect(waiting).rejects.toThrow(/last words/)
  })

  it('should end when it is aborted', async () => {
    const aborter = new AbortController()
    const waiting = waitFor(console, /never/, { ...wait, signal: aborter.signal })
    aborter.abort(new Error('enough'))
    await expect(waiting).rejects.toThrow('enough')
  })

  it('should name an earlier incident when it times out', async () => {
    stream.write('[    1.000000] kernel BUG at mm/slub.c:1!\n')
    const waiting = waitFor(console, /never/, { ...wait, timeoutMs: 50 })
    await expect(waiting).rejects.toThrow(/The kernel reported earlier: bug: kernel BUG at/)
  })
})

describe('a console', () => {
  it('should keep its memory bounded', async () => {
    const line = `${'x'.repeat(1000)}\n`
    for (let count = 0; count < 5000; count += 1) {
      stream.write(line)
    }
    await waitFor(console, /x/, { ...wait, from: { line: 0, column: 0 } })
    const kept = console.linesFrom(0).reduce((sum, { text }) => sum + text.length, 0)
    expect(kept).toBeLessThan(2_100_000)
    expect(console.linesFrom(0).at(-1)?.number).toBe(console.lineNumber - 1)
  })
})

describe('the recording', () => {
  it('should have every byte in console.cast and safe lines in console.log', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'drydock-test'))
    try {
      using recorded = new Console(stream, { recording: recordTo(directory, 'a guest') })
      const bytes = Buffer.from('\u001b[31mé\u001b[0m\r\nsecond\u0007\n')
      recorded.mark('kernel')
      stream.write(bytes.subarray(0, 6))
      stream.end(bytes.subarray(6))
      await expect(waitFor(recorded, /never/, wait)).rejects.toThrow()
      const [header = '', ...events] = (await readFile(join(directory, 'console.cast'), 'utf8'))
        .trim()
        .split('\n')
      expect(JSON.parse(header)).toMatchObject({ version: 2, title: 'a guest' })
      const parsed: unknown[][] = events.map((event) => JSON.parse(event))
      expect(
        parsed
          .filter(([, code]) => code === 'o')
          .map(([, , text]) => text)
          .join(''),
      ).toBe(bytes.toString())
      expect(parsed).toContainEqual([expect.any(Number), 'm', 'kernel'])
      expect(await readFile(join(directory, 'console.log'), 'utf8')).toMatch(
        /^ +\d+\.\d{3} {2}é\n +\d+\.\d{3} {2}second\\x07\n$/,
      )
    } finally {
      await rm(directory, { recursive: true })
    }
  })

  it('should give one test bed error when the disk is full, and go on watching', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'drydock-test'))
    try {
      await symlink('/dev/full', join(directory, 'console.log'))
      stream = new PassThrough()
      using recorded = new Console(stream, { recording: recordTo(directory, 'a guest') })
      stream.write('a\nb\nc\n')
      const waiting = waitFor(recorded, /never/, wait)
      await expect(waiting).rejects.toMatchObject({ code: 'OUTPUT_UNWRITABLE', blame: 'testbed' })
      await expect(waiting).rejects.toThrow(/console\.log: ENOSPC/)
      expect(recorded.tail()).toBe('a\nb\nc')
    } finally {
      await rm(directory, { recursive: true })
    }
  })
})
