import { describe, expect, it, vi } from 'vitest'
import { lazySshShell } from './lazy-ssh-shell.ts'
import type { SshShell } from './ssh-session.ts'
import { fakeProbe } from './testing/fake-probe.ts'

const fakeShell = () => {
  const closed = vi.fn(async () => {})
  const end = new AbortController()
  const { shell } = fakeProbe(() => {})
  const run: SshShell['run'] = async (command) => ({
    stdout: Buffer.from(String(command)),
    stderr: Buffer.alloc(0),
    exitCode: 0,
    signal: null,
    durationMs: 1,
  })
  return { shell: { ...shell, run, ended: end.signal, [Symbol.asyncDispose]: closed }, closed, end }
}

describe('lazySshShell', () => {
  it('should connect at its first use, once', async () => {
    const { shell, closed } = fakeShell()
    const connect = vi.fn(async () => shell)
    const lazy = lazySshShell('SHA256:key', connect)
    expect(connect).not.toHaveBeenCalled()
    const results = await Promise.all([lazy.run('one'), lazy.run('two')])
    expect(results.map(({ stdout }) => stdout.toString())).toEqual(['one', 'two'])
    expect(connect).toHaveBeenCalledTimes(1)
    await lazy[Symbol.asyncDispose]()
    expect(closed).toHaveBeenCalledTimes(1)
  })

  it('should try anew after a login that failed', async () => {
    const { shell } = fakeShell()
    const connect = vi.fn(async () => shell).mockRejectedValueOnce(new Error('no word from sshd'))
    const lazy = lazySshShell('SHA256:key', connect)
    await expect(lazy.run('one')).rejects.toThrow('no word from sshd')
    expect((await lazy.run('two')).stdout.toString()).toBe('two')
  })

  it('should say when its connection has ended, and close nothing that was never opened', async () => {
    const { shell, end, closed } = fakeShell()
    const lazy = lazySshShell('SHA256:key', async () => shell)
    await lazySshShell('SHA256:key', async () => shell)[Symbol.asyncDispose]()
    expect(closed).not.toHaveBeenCalled()
    await lazy.run('one')
    end.abort(new Error('lost'))
    expect(lazy.ended.reason).toMatchObject({ message: 'lost' })
  })
})
