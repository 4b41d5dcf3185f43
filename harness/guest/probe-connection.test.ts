import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DrydockError } from '../common/errors.ts'
import { oneShotConnection, spawnedStream, streamConnection } from './probe-connection.ts'
import type { CommandResult, RunOptions, Shell } from './shell.ts'
import { fakeProbe } from './testing/fake-probe.ts'

const request = { op: 'stat', place: 'host', paths: ['/'] } as const

const line = (value: unknown) => `${JSON.stringify(value)}\n`

describe('streamConnection', () => {
  it('should give each request its own answer, in whatever order and pieces they come', async () => {
    const later: (() => void)[] = []
    const { shell } = fakeProbe(({ id, paths }, write) => {
      later.unshift(() => {
        const text = line({ id, result: paths })
        write(text.slice(0, 9))
        write(text.slice(9))
      })
      if (later.length === 3) for (const answer of later) answer()
    })
    await using connection = streamConnection(await spawnedStream(shell, ['probe']))
    const answers = await Promise.all(
      ['/a', '/ü', '/c'].map((path) => connection.ask({ ...request, paths: [path] })),
    )
    expect(answers).toEqual([['/a'], ['/ü'], ['/c']])
  })

  it.each([
    ['ENOENT', 'GUEST_FILE', 'guest'],
    ['BAD_REQUEST', 'PROBE_REQUEST', 'testbed'],
    ['UNREACHABLE', 'PLACE_UNREACHABLE', 'guest'],
    ['TIMED_OUT', 'TIMED_OUT', 'guest'],
  ])("should throw the probe's error %s as %s, blaming the %s", async (code, expected, blame) => {
    const { shell } = fakeProbe(({ id }, write) =>
      write(line({ id, error: { code, message: 'no \u001b[2J' } })),
    )
    await using connection = streamConnection(await spawnedStream(shell, ['probe']))
    await expect(connection.ask(request)).rejects.toMatchObject({
      code: expected,
      blame,
      message: expect.stringContaining('no \\x1b[2J'),
    })
  })

  it('should fail what is waiting, and what comes later, when the probe ends', async () => {
    const { shell, die } = fakeProbe(() => die({ exitCode: null, signal: 'KILL' }), 'out of memory')
    await using connection = streamConnection(await spawnedStream(shell, ['probe']))
    const expected = {
      code: 'PROBE_LOST',
      blame: 'guest',
      message: expect.stringMatching(/KILL.*out of memory/),
    }
    await expect(connection.ask(request)).rejects.toMatchObject(expected)
    await expect(connection.ask(request)).rejects.toMatchObject(expected)
  })

  it('should take anything that the guest may send for an answer or an error of the guest', async () => {
    const bytes = fc.uint8Array({ minLength: 1, maxLength: 200 }).map((array) => Buffer.from(array))
    const almost = fc.json().map((json) => Buffer.from(`${json}\n`))
    await fc.assert(
      fc.asyncProperty(fc.oneof(bytes, almost), async (output) => {
        const { shell } = fakeProbe((_request, write) => {
          write(output)
          write('\n{}\n')
        })
        await using connection = streamConnection(await spawnedStream(shell, ['probe']))
        await connection.ask(request).then(
          () => {},
          (error) => expect(error instanceof DrydockError && error.blame === 'guest').toBe(true),
        )
      }),
    )
  })
})

const resultOf = (stdout: string, exitCode = 0, stderr = ''): CommandResult => ({
  stdout: Buffer.from(stdout),
  stderr: Buffer.from(stderr),
  exitCode,
  signal: null,
  durationMs: 1,
})

const serialShell = (run: (stdin: string) => CommandResult): Shell => ({
  kind: 'serial',
  run: async (_command: string | readonly string[], options?: RunOptions) => run(String(options?.stdin)),
  async [Symbol.asyncDispose]() {},
})

describe('oneShotConnection', () => {
  it('should start a probe for each request', async () => {
    const connection = oneShotConnection(
      serialShell((stdin) => resultOf(line({ id: 1, result: JSON.parse(stdin).paths }))),
      ['probe'],
    )
    expect(await connection.ask(request)).toEqual(['/'])
  })

  it('should say how a probe that does not answer ended', async () => {
    const connection = oneShotConnection(
      serialShell(() => resultOf('', 126, 'not permitted')),
      ['probe'],
    )
    await expect(connection.ask(request)).rejects.toMatchObject({
      code: 'PROBE_LOST',
      message: expect.stringMatching(/exit code 126.*not permitted/),
    })
  })
})
