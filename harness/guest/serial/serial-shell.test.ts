import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Duplex, Transform } from 'node:stream'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Console } from '../console/console.ts'
import { openPty, type Pty } from '../testing/pty.ts'
import { SerialShell, serialStateSchema } from './serial-shell.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'serial-shell-test-'))
})
afterAll(() => rm(folder, { recursive: true }))

interface Opened extends AsyncDisposable {
  readonly stream: Duplex
  readonly console: Console
  readonly shell: SerialShell
}

/** @param noise Changes what comes from the terminal, as a kernel that prints in between does. */
const open = async (command: string, noise?: Transform): Promise<Opened> => {
  const pty: Pty = openPty(command)
  const stream =
    noise === undefined ? pty.stream : Duplex.from({ writable: pty.stream, readable: pty.stream.pipe(noise) })
  const console = new Console(stream)
  const shell = await SerialShell.open(console, { phase: 'login', timeoutMs: 20_000 })
  return {
    stream,
    console,
    shell,
    [Symbol.asyncDispose]: async () => {
      await shell[Symbol.asyncDispose]()
      console[Symbol.dispose]()
      await pty[Symbol.asyncDispose]()
    },
  }
}

const prompts = [
  ['dash, at a prompt', 'dash -i'],
  ['bash, with line editing and bracketed paste', 'bash --norc -i'],
  ['an odd prompt', `env PS1='$(echo @@)> ' dash -i`],
] as const

describe.each(prompts)('the serial shell on %s', (_, command) => {
  let opened: Opened
  beforeAll(async () => {
    opened = await open(command)
  })
  afterAll(() => opened[Symbol.asyncDispose]())

  it('should give exact stdout, stderr and exit code', async () => {
    const result = await opened.shell.run('echo out; echo err >&2; printf "no line end"; exit 7')
    expect(result).toMatchObject({ exitCode: 7, signal: null })
    expect(result.stdout.toString()).toBe('out\nno line end')
    expect(result.stderr.toString()).toBe('err\n')
  })

  it('should quote the arguments of a program', async () => {
    const words = ["it's", 'a b', '$HOME', '\\n', '*', 'é', '', 'two\nlines']
    const { stdout } = await opened.shell.run(['printf', '%s|', ...words])
    expect(stdout.toString()).toBe(words.map((word) => `${word}|`).join(''))
  })

  it('should give a signal by name', async () => {
    expect(await opened.shell.run('kill -KILL $$')).toMatchObject({ exitCode: null, signal: 'KILL' })
    expect((await opened.shell.run('kill -TERM $$')).stderr.toString()).toBe('')
  })

  it.each([
    ['text without a line end', "printf 'a; b~c'"],
    ['bytes that no text has', "printf 'a\\000b\\n\\377\\033[1m\\r\\n'"],
    ['empty lines and blanks', "printf '\\n\\n  a  \\n\\n'"],
    ['what was written to the output opened anew', 'printf 12345; printf abc >/dev/stdout'],
    ['more than is small', 'seq 1 400'],
    ['much more', 'seq 1 4000; seq 1 4000 >&2'],
  ])('should carry %s', async (_name, script) => {
    const { stdout, stderr } = await opened.shell.run(script)
    // A file that is opened by its name is written from its start, where a pipe goes on.
    const own = spawnSync('dash', ['-c', `{ ${script}; } >"$0"; cat "$0"`, join(folder, 'output')])
    expect({ stdout, stderr }).toEqual({ stdout: own.stdout, stderr: own.stderr })
  })

  it.each(['sh -c "ls /proc/self/fd"', ['ls', '/proc/self/fd']])(
    'should keep its own files out of %s',
    async (command) => {
      const { stdout } = await opened.shell.run(command)
      expect(stdout.toString().split('\n')).toEqual(expect.not.arrayContaining(['8', '9']))
    },
  )

  it('should go on after it was put to rest, with nothing typed', async () => {
    const state = serialStateSchema.parse(JSON.parse(JSON.stringify(await opened.shell.rest())))
    const console = new Console(opened.stream)
    const resumed = SerialShell.resume(console, state, { phase: 'check', timeoutMs: 20_000 })
    const { stdout } = await resumed.run('echo resumed')
    expect(stdout.toString()).toBe('resumed\n')
  })

  it('should remove what it kept of commands, many at a time', async () => {
    const { agent } = await opened.shell.rest()
    const kept = async (): Promise<number> => {
      const { stdout } = await opened.shell.run(`ls -A /run /tmp /dev/shm | grep -c ${agent.token}`)
      return Number(stdout.toString())
    }
    for (let count = 0; count < 60; count += 1) await opened.shell.run('true')
    expect(await kept()).toBeLessThan(80)
    await opened.shell.rest()
    // Those of the command that counts.
    expect(await kept()).toBeLessThan(6)
  })

  it('should have its standard input at the end, or give it bytes', async () => {
    expect((await opened.shell.run('cat')).stdout).toHaveLength(0)
    const stdin = randomBytes(120_000)
    expect((await opened.shell.run('cat', { stdin })).stdout.equals(stdin)).toBe(true)
    expect((await opened.shell.run('wc -c', { stdin: Buffer.alloc(0) })).stdout.toString().trim()).toBe('0')
  })

  it('should survive a command that never returns', async () => {
    const stubborn = opened.shell.run('trap "" INT TERM QUIT; while :; do :; done', {
      timeoutMs: 300,
      reason: 'a test',
    })
    await expect(stubborn).rejects.toMatchObject({ code: 'TIMED_OUT', timedOut: true })
    await expect(stubborn).rejects.toThrow(/did not end within 0\.3 s \(a test\): trap/)
    expect((await opened.shell.run('echo usable')).stdout.toString()).toBe('usable\n')
  })

  it('should run commands one after the other when asked at once', async () => {
    const results = await Promise.all([1, 2, 3].map((number) => opened.shell.run(`echo ${number}`)))
    expect(results.map(({ stdout }) => stdout.toString())).toEqual(['1\n', '2\n', '3\n'])
  })

  it('should keep its own traffic out of the console’s last lines', async () => {
    await opened.shell.run('echo something')
    expect(opened.console.tail(20)).not.toMatch(/@@[0-9a-f]{8};/)
  })
})

/** A shell in a guest that has no other programs than these. */
const openWith = async (...programs: readonly string[]): Promise<Opened> => {
  const path = await mkdtemp(join(folder, 'programs-'))
  for (const program of programs) await symlink(`/bin/${program}`, join(path, program))
  return await open(`/usr/bin/env -i PATH=${path} /bin/dash -i`)
}

const allBytes = Buffer.from(Uint8Array.from({ length: 255 }, (_, index) => index + 1))
/** A script that takes no program, and what it prints: 0x01 to 0xff. */
const printAllBytes = `printf '${[...allBytes].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('')}'`

describe('the serial shell in a guest with few programs', () => {
  it('should run a first command and carry a short answer with none of them', async () => {
    await using opened = await openWith('sh')
    const { stdout, stderr, exitCode } = await opened.shell.run('echo out; echo err >&2; exit 3')
    expect([stdout.toString(), stderr.toString(), exitCode]).toEqual(['out\n', 'err\n', 3])
  })

  it.each([
    ['base64, which has them all', 'base64-awk-cat-dd-gzip-md5sum-rm-wc'],
    ['od', 'od-rm'],
    ['the shell alone', ''],
  ])('should carry bytes and much text as its first answer, by %s', async (_name, programs) => {
    await using opened = await openWith(...['sh', ...programs.split('-')].filter((name) => name !== ''))
    expect((await opened.shell.run(printAllBytes)).stdout).toEqual(allBytes)
    const counted = await opened.shell.run('i=0; while [ $i -lt 500 ]; do echo $i; i=$((i+1)); done')
    expect(counted.stdout.toString()).toBe(Array.from({ length: 500 }, (_, index) => `${index}\n`).join(''))
  })

  it.each([
    ['a NUL byte', "printf 'a\\000b'", Buffer.from('a\0b')],
    ['more text than is short', 'seq 1 400', Buffer.from(spawnSync('seq', ['1', '400']).stdout)],
  ])('should notice that a first answer has %s', async (_name, script, expected) => {
    await using opened = await open('dash -i')
    expect((await opened.shell.run(script)).stdout).toEqual(expected)
  })

  it('should take standard input before anything else, and be put to rest at once', async () => {
    await using opened = await open('dash -i')
    expect((await opened.shell.run('cat', { stdin: allBytes })).stdout).toEqual(allBytes)
    await using fresh = await open('dash -i')
    const state = serialStateSchema.parse(JSON.parse(JSON.stringify(await fresh.shell.rest())))
    expect(state.agent).toMatchObject({ encoding: 'base64', blocks: { checksum: 'cksum' } })
  })
})

describe('the serial shell', () => {
  it('should carry 10 MB of any bytes', { timeout: 60_000 }, async () => {
    await using opened = await open('dash -i')
    const script = `i=0; while [ $i -lt 10 ]; do head -c 1048576 /dev/zero | tr '\\0' "$i"; i=$((i+1)); done; printf '\\000\\377'`
    const { stdout } = await opened.shell.run(script, { timeoutMs: 60_000 })
    expect(stdout).toHaveLength(10 * 1_048_576 + 2)
    expect(stdout.subarray(-3)).toEqual(Buffer.from([0x39, 0, 255]))
  })

  it('should be exact while the kernel prints into its lines', { timeout: 60_000 }, async () => {
    await using opened = await open('dash -i', kernelNoise(1500))
    const stdin = randomBytes(60_000)
    for (let round = 0; round < 3; round += 1) {
      const { stdout, stderr, exitCode } = await opened.shell.run('cat; echo err >&2; exit 3', { stdin })
      expect(stdout.equals(stdin)).toBe(true)
      expect(stderr.toString()).toBe('err\n')
      expect(exitCode).toBe(3)
    }
    expect(opened.console.tail(50)).toContain('systemd: this line tears others')
  })

  it('should still see the guest die while it is in use', async () => {
    await using opened = await open('dash -i')
    const dying = opened.shell.run(
      `printf '[    9.000000] Kernel panic - not syncing: test\\n' >/dev/tty; sleep 60`,
    )
    await expect(dying).rejects.toMatchObject({ code: 'GUEST_PANIC', guestDied: true })
  })

  it('should say so when nothing answers', async () => {
    await using pty = openPty('cat >/dev/null')
    using console = new Console(pty.stream)
    const opening = SerialShell.open(console, { phase: 'login', timeoutMs: 100 })
    await expect(opening).rejects.toMatchObject({ code: 'NO_PROMPT', phase: 'login' })
  }, 20_000)
})

/** Puts a kernel line into the byte stream every `distance` bytes or so, wherever that is. */
const kernelNoise = (distance: number): Transform => {
  let left = distance
  return new Transform({
    transform(chunk: Buffer, _encoding, callback) {
      const pieces: Buffer[] = []
      let rest = chunk
      while (rest.length > left) {
        pieces.push(rest.subarray(0, left), Buffer.from('[   12.345678] systemd: this line tears others\r\n'))
        rest = rest.subarray(left)
        left = distance / 2 + Math.floor(Math.random() * distance)
      }
      left -= rest.length
      callback(null, Buffer.concat([...pieces, rest]))
    },
  })
}
