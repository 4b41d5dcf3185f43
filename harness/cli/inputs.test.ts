import { join } from 'node:path'
import { execa } from 'execa'
import { describe, expect, it } from 'vitest'

const folder = join(import.meta.dirname, '../../fixtures/inputs')

const inputs = async (...args: readonly string[]) => {
  const launcher = join(import.meta.dirname, 'drydock.mjs')
  const { exitCode, stdout, stderr } = await execa(process.execPath, [launcher, 'inputs', ...args], {
    reject: false,
    cwd: folder,
    env: { NO_COLOR: '1' },
  })
  return { exitCode, stdout, stderr }
}

describe('drydock inputs', { timeout: 60_000 }, () => {
  it('should pass where everything is named by digest', async () => {
    expect(await inputs('Dockerfile.pinned', 'linuxkit-pinned.yml')).toEqual({
      exitCode: 0,
      stdout: '2 files: 6 images, 1 remote file, 1 repository; all by digest',
      stderr: '',
    })
  })

  it('should name the file, the line and what it found', async () => {
    const { exitCode, stdout } = await inputs('linuxkit-minimal.yml')
    expect(exitCode).toBe(1)
    expect(stdout.split('\n')).toContain(
      'linuxkit-minimal.yml:18: expected an image by digest, NAME@sha256:DIGEST, found nginx, without a tag or digest, which is whatever is latest (services[1] web)',
    )
    expect(stdout).toMatch(/\n1 file: 7 images; 7 not by digest$/)
  })

  it('should take hashes of the source where it is told to', async () => {
    const { exitCode, stdout } = await inputs('linuxkit-minimal.yml', '--accept-source-hashes')
    expect(exitCode).toBe(1)
    expect(stdout).toMatch(/\n1 file: 7 images; 3 not by digest$/)
  })

  it('should give every input as JSON', async () => {
    const { exitCode, stdout } = await inputs('linuxkit-pinned.yml', '--json')
    expect(exitCode).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject([
      {
        path: 'linuxkit-pinned.yml',
        kind: 'linuxkit',
        inputs: [{ line: 2, place: 'kernel.image', kind: 'image' }, { line: 3 }, { line: 7 }],
      },
    ])
  })

  it('should judge the other files where one is none, and say which', async () => {
    const { exitCode, stdout, stderr } = await inputs('absent', '.', '../../package.json', 'Dockerfile.tags')
    expect(exitCode).toBe(2)
    expect(stderr.split('\n')).toEqual([
      'drydock: absent: expected a LinuxKit YAML file or a Dockerfile, found nothing at that path',
      'drydock: .: expected a LinuxKit YAML file or a Dockerfile, found a directory',
      expect.stringMatching(
        /^drydock: ..\/..\/package.json:1: expected a LinuxKit YAML file or a Dockerfile, found a mapping of name, /,
      ),
    ])
    expect(stdout).toMatch(/\n1 file: .*; 12 not by digest$/)
  })
})
