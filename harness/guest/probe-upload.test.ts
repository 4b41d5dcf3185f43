import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { uploadProbe } from './probe-upload.ts'
import type { CommandResult, RunOptions, Shell } from './shell.ts'

const program = Buffer.from('a program '.repeat(100))

const found = { path: '/proc/42/exe', pid: 42, portProblem: null }

interface Uploads {
  readonly shell: Shell
  readonly scripts: { readonly script: string; readonly stdin: Buffer | undefined }[]
}

/** A guest with these tools, in which the upload scripts that match work. */
const guestWith = (tools: string, works: RegExp, port = 'port drydock.probe'): Uploads => {
  const scripts: Uploads['scripts'] = []
  const result = (stdout: string, exitCode = 0): CommandResult => ({
    stdout: Buffer.from(stdout),
    stderr: Buffer.from(exitCode === 0 ? '' : 'Permission denied'),
    exitCode,
    signal: null,
    durationMs: 1,
  })
  const shell: Shell = {
    kind: 'serial',
    async run(command: string | readonly string[], options?: RunOptions) {
      const script = String(command)
      if (script.includes('command -v')) return result(tools)
      scripts.push({ script, stdin: options?.stdin })
      return works.test(script) ? result(`pid 42\n${port}\n`) : result('', 1)
    },
    async [Symbol.asyncDispose]() {},
  }
  return { shell, scripts }
}

describe('uploadProbe', () => {
  it('should hide it in a mount namespace where the guest has the tools, compressed', async () => {
    const { shell, scripts } = guestWith('unshare\nmount\ngunzip\n', /unshare -m/)
    expect(await uploadProbe(shell, program)).toEqual(found)
    expect(scripts).toHaveLength(1)
    expect(scripts[0]?.script).toContain('gunzip -c >')
    expect(gunzipSync(scripts[0]?.stdin ?? '').equals(program)).toBe(true)
  })

  it('should find another way, uncompressed, where the guest has no tools', async () => {
    const { shell, scripts } = guestWith('', /hold \S+ "\$file"/)
    expect(await uploadProbe(shell, program)).toEqual(found)
    expect(scripts).toHaveLength(1)
    expect(scripts[0]?.stdin?.equals(program)).toBe(true)
  })

  it('should try what is left when a way fails', async () => {
    const { shell, scripts } = guestWith('unshare\nmount\numount\ngzip\n', /umount -l/)
    expect(await uploadProbe(shell, program)).toEqual(found)
    expect(scripts).toHaveLength(3)
  })

  it.each([
    ['no port: open /dev/vport0p1: operation not permitted', 'open /dev/vport0p1: operation not permitted'],
    ['port of someone else', 'it did not say whether it serves'],
  ])('should say why it does not serve on its port: %s', async (said, portProblem) => {
    const { shell } = guestWith('', /hold/, said)
    expect(await uploadProbe(shell, program)).toEqual({ ...found, portProblem })
  })

  it('should name every way that it tried when none works', async () => {
    const { shell } = guestWith('mount\n', /no script/)
    await expect(uploadProbe(shell, program)).rejects.toMatchObject({
      code: 'PROBE_UPLOAD',
      blame: 'guest',
      message: expect.stringMatching(/no unshare; .*: Permission denied; .*no umount/),
    })
  })
})
