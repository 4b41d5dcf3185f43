import { once } from 'node:events'
import { readFile, stat } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import ssh2 from 'ssh2'
import { withDir } from 'tmp-promise'
import { describe, expect, it } from 'vitest'
import { makeSshKey } from './ssh-key.ts'
import { type ConnectSshOptions, connectSsh } from './ssh-shell.ts'
import { portOf, startSshServer, type TestSshServerOptions } from './testing/ssh-server.ts'

const key = await makeSshKey()

const serve = (options: Partial<TestSshServerOptions> = {}) =>
  startSshServer({ authorizedKey: key.publicKey, ...options })

const login = (port: number, options: Partial<ConnectSshOptions> = {}) =>
  connectSsh({ port, user: 'root', key, deadlineMs: 5000, ...options })

describe('makeSshKey', () => {
  it('should make a new ed25519 key each time', async () => {
    const other = await makeSshKey()
    expect(key.publicKey).toMatch(/^ssh-ed25519 \S+ drydock$/)
    expect(other.publicKey).not.toBe(key.publicKey)
    expect(ssh2.utils.parseKey(key.privateKey)).not.toBeInstanceOf(Error)
  })
})

describe('SshShell.run', () => {
  it('should give stdout, stderr and exit code apart from each other', async () => {
    await using server = await serve()
    await using shell = await login(server.port)
    const result = await shell.run('echo out; echo err >&2; exit 7')
    expect(result).toMatchObject({ exitCode: 7, signal: null })
    expect(result.stdout.toString()).toBe('out\n')
    expect(result.stderr.toString()).toBe('err\n')
    expect(result.durationMs).toBeGreaterThan(0)
  })

  it('should give the signal that ended a command, without SIG', async () => {
    await using server = await serve()
    await using shell = await login(server.port)
    expect(await shell.run('kill -KILL $$')).toMatchObject({ exitCode: null, signal: 'KILL' })
  })

  it('should pass an array on as it is', async () => {
    await using server = await serve()
    await using shell = await login(server.port)
    const { stdout } = await shell.run(['printf', '%s|', "it's", '$HOME', 'a  b', ''])
    expect(stdout.toString()).toBe("it's|$HOME|a  b||")
  })

  it('should give stdin to the command, all byte values included', async () => {
    await using server = await serve()
    await using shell = await login(server.port)
    const bytes = Buffer.from(Array.from({ length: 256 * 1024 }, (_, index) => index % 256))
    const { stdout } = await shell.run(['cat'], { stdin: bytes })
    expect(stdout.equals(bytes)).toBe(true)
  })

  it('should end stdin at once where none is given', async () => {
    await using server = await serve()
    await using shell = await login(server.port)
    expect((await shell.run(['cat'])).stdout).toHaveLength(0)
  })

  it('should not mind a command that leaves its stdin unread', async () => {
    await using server = await serve()
    await using shell = await login(server.port)
    expect(await shell.run(['true'], { stdin: Buffer.alloc(4 * 1024 * 1024) })).toMatchObject({ exitCode: 0 })
  })

  it('should carry 10 MB of output', async () => {
    await using server = await serve()
    await using shell = await login(server.port)
    const { stdout } = await shell.run('head -c 10000000 /dev/zero')
    expect(stdout).toHaveLength(10_000_000)
  })

  it('should wait for the exit code of a command that closes its output early', async () => {
    await using server = await serve()
    await using shell = await login(server.port)
    expect(await shell.run('exec >&- 2>&-; while ! [ -e /proc/self ]; do :; done; exit 3')).toMatchObject({
      exitCode: 3,
    })
  })

  it('should run more commands at once than a connection has sessions', async () => {
    await using server = await serve()
    await using shell = await login(server.port)
    const results = await Promise.all(Array.from({ length: 30 }, (_, index) => shell.run(`echo ${index}`)))
    expect(results.map(({ stdout }) => Number(stdout))).toEqual(results.map((_, index) => index))
  })

  it('should give up a command that does not end, saying what it was run for, and stay usable', async () => {
    await using server = await serve()
    await using shell = await login(server.port)
    await expect(
      shell.run('exec tail -f /dev/null', { timeoutMs: 200, reason: 'to see it hang' }),
    ).rejects.toMatchObject({
      code: 'TIMED_OUT',
      timedOut: true,
      message: expect.stringMatching(/exec tail -f \/dev\/null .*200 ms.*to see it hang/),
    })
    expect((await shell.run('echo still here')).stdout.toString()).toBe('still here\n')
  })

  it('should refuse to invent an exit code', async () => {
    await using server = await serve({ withoutExitCode: true })
    await using shell = await login(server.port)
    await expect(shell.run(['true'])).rejects.toMatchObject({ code: 'SSH_NO_EXIT_CODE' })
  })
})

describe('SshShell.upload', () => {
  it('should write the bytes with the mode and leave nothing else', async () => {
    await using server = await serve()
    await using shell = await login(server.port)
    await withDir(
      async ({ path: folder }) => {
        const path = join(folder, "it's a file")
        const bytes = Buffer.from(Array.from({ length: 100_000 }, (_, index) => (index * 7) % 256))
        await shell.upload(path, bytes, 0o750)
        expect((await readFile(path)).equals(bytes)).toBe(true)
        expect((await stat(path)).mode & 0o7777).toBe(0o750)
        expect((await shell.run(['ls', folder])).stdout.toString()).toBe("it's a file\n")
      },
      { unsafeCleanup: true },
    )
  })

  it('should say why a file could not be written', async () => {
    await using server = await serve()
    await using shell = await login(server.port)
    await expect(shell.upload('/no/such/folder/file', Buffer.from('x'), 0o600)).rejects.toMatchObject({
      code: 'UPLOAD_FAILED',
      message: expect.stringContaining('/no/such/folder/file'),
    })
  })
})

describe('SshShell.spawn', () => {
  it('should keep a command running, both ways', async () => {
    await using server = await serve()
    await using shell = await login(server.port)
    await using command = await shell.spawn(['sed', '-u', 's/^/got /'])
    for (const word of ['one', 'two']) {
      command.stream.write(`${word}\n`)
      const [answer] = await once(command.stream, 'data')
      expect(String(answer)).toBe(`got ${word}\n`)
    }
    command.stream.end()
    command.stream.resume()
    expect(await command.ended).toEqual({ exitCode: 0, signal: null })
  })
})

describe('a connection that is lost', () => {
  it('should be noticed by its silence, and pending commands fail with the reason', async () => {
    await using server = await serve()
    await using shell = await login(server.port, { keepalive: { intervalMs: 50, misses: 3 } })
    const pending = expect(shell.run('exec tail -f /dev/null')).rejects.toMatchObject({
      code: 'SSH_LOST',
      blame: 'guest',
      message: expect.stringContaining('Keepalive timeout'),
    })
    await shell.run(['true'])
    server.hang()
    await pending
    await expect(shell.run(['true'])).rejects.toMatchObject({ code: 'SSH_LOST' })
  })

  it('should fail pending commands when it is closed', async () => {
    await using server = await serve()
    await using shell = await login(server.port)
    const pending = expect(shell.run('exec tail -f /dev/null')).rejects.toMatchObject({ code: 'SSH_LOST' })
    await shell.run(['true'])
    server.drop()
    await pending
    expect(shell.ended.aborted).toBe(true)
  })
})

describe('connectSsh', () => {
  it('should wait for a server that comes late, telling of each attempt', async () => {
    const placeholder = createServer().listen(0, '127.0.0.1')
    await once(placeholder, 'listening')
    const port = portOf(placeholder)
    placeholder.close()
    await once(placeholder, 'close')
    const attempts: string[] = []
    const firstFailure = Promise.withResolvers<void>()
    const connecting = login(port, {
      onAttempt(text) {
        attempts.push(text)
        firstFailure.resolve()
      },
    })
    await firstFailure.promise
    await using server = await serve({ port })
    await using shell = await connecting
    expect(server.port).toBe(port)
    expect((await shell.run('echo here')).stdout.toString()).toBe('here\n')
    expect(attempts[0]).toMatch(/^ssh attempt 1: .*ECONNREFUSED/)
  })

  it('should name phase, wait and last error when its deadline passes', async () => {
    const silent = createServer().listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const sockets: import('node:net').Socket[] = []
    silent.on('connection', (socket) => sockets.push(socket.on('error', () => {})))
    await expect(login(portOf(silent), { deadlineMs: 3500 })).rejects.toMatchObject({
      code: 'TIMED_OUT',
      phase: 'login',
      timedOut: true,
      message: expect.stringMatching(/ssh login as root .* within 3500 ms, .*no word from an ssh server/),
    })
    for (const socket of sockets) socket.destroy()
    silent.close()
  })

  it('should say so when the key is refused', async () => {
    await using server = await serve({ authorizedKey: (await makeSshKey()).publicKey })
    await expect(login(server.port, { deadlineMs: 700 })).rejects.toMatchObject({
      phase: 'login',
      message: expect.stringContaining('the key was refused'),
    })
  })

  it('should refuse another host key than that of the earlier connection, at once', async () => {
    await using first = await serve()
    await using shell = await login(first.port)
    await using second = await serve()
    const startedAt = performance.now()
    await expect(login(second.port, { hostKey: shell.hostKey, deadlineMs: 20_000 })).rejects.toMatchObject({
      code: 'HOST_KEY_CHANGED',
      phase: 'login',
      message: expect.stringContaining(shell.hostKey),
    })
    expect(performance.now() - startedAt).toBeLessThan(5000)
  })

  it('should accept the same host key again', async () => {
    const hostKey = (await makeSshKey()).privateKey
    await using first = await serve({ hostKey })
    await using shell = await login(first.port)
    await using second = await serve({ hostKey })
    await using again = await login(second.port, { hostKey: shell.hostKey })
    expect(again.hostKey).toBe(shell.hostKey)
    expect(again.hostKey).toMatch(/^SHA256:[A-Za-z0-9+/]{43}$/)
  })

  it('should stop when it is told to', async () => {
    const controller = new AbortController()
    const connecting = login(1, { signal: controller.signal, onAttempt: () => controller.abort() })
    await expect(connecting).rejects.toThrow(/aborted/)
  })
})
