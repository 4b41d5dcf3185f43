import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { dir } from 'tmp-promise'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildImage } from '../image/testing/kernel-builder.ts'

let folder: string
let cleanup: () => Promise<void>

beforeAll(async () => {
  const made = await dir({ unsafeCleanup: true })
  folder = made.path
  cleanup = made.cleanup
  await writeFile(join(folder, 'arm64-kernel'), buildImage('6.12.1'))
  await writeFile(join(folder, 'noise'), Buffer.from('no kernel at all'))
  await mkdir(join(folder, 'directory'))
})
afterAll(() => cleanup())

const drydock = async (...args: readonly string[]) => {
  const launcher = join(import.meta.dirname, 'drydock.mjs')
  const { exitCode, stdout, stderr } = await execa(process.execPath, [launcher, ...args], {
    reject: false,
    cwd: folder,
    env: { NO_COLOR: '1', DRYDOCK_QEMU_ARM64: join(folder, 'no-qemu') },
  })
  return { exitCode, stdout, stderr }
}

describe('drydock', () => {
  it('should show help with examples and exit codes, and take a command that does not exist for wrong usage', async () => {
    const help = await drydock('check', '--help')
    expect(help).toMatchObject({ exitCode: 0, stderr: '' })
    expect(help.stdout).toMatch(/Examples:\n {2}drydock check image\.yml.*Exit codes:/s)
    expect(await drydock('chek')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining("unknown command 'chek'"),
    })
  })

  it.each([
    ['a missing target file', ['absent.yml'], 'absent.yml: expected a YAML file, found nothing at that path'],
    ['a directory for a kernel', ['--kernel', 'directory'], '--kernel: expected a file, found a directory'],
    ['no image at all', [], '--kernel: expected the path of a kernel, found nothing'],
    ['bytes that are no kernel', ['--kernel', 'noise'], 'noise: expected a kernel'],
    [
      'another architecture',
      ['--kernel', 'arm64-kernel', '--arch', 'x86_64'],
      '--kernel: expected a kernel for x86_64, found one for arm64',
    ],
    [
      'a check that does not exist',
      ['--kernel', 'arm64-kernel', '--case', 'root.remont'],
      'did you mean "root.remount"?',
    ],
    ['a login that is none', ['--kernel', 'arm64-kernel', '--login', ':x'], '--login: expected USER'],
  ])('should say in one line what is wrong with %s, before anything starts', async (_, args, message) => {
    const { exitCode, stdout, stderr } = await drydock('check', ...args)
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' })
    expect(stderr.split('\n')[0]).toMatch(/^drydock: /)
    expect(stderr).toContain(message)
  })

  it.each([
    [
      'a guest that is not kept',
      ['--frozen', 'f00d'],
      'expected the id of a guest in the cache, found "f00d"',
    ],
    ['two guests at once', ['image.yml', '--frozen', 'f00d'], 'expected a target or --frozen'],
  ])('should not boot %s', async (_, args, message) => {
    expect(await drydock('boot', ...args)).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining(message),
    })
  })

  it('should end as a failed test bed where there is no QEMU', async () => {
    const { exitCode, stderr } = await drydock('check', '--kernel', 'arm64-kernel')
    expect(exitCode).toBe(3)
    expect(stderr).toContain('DRYDOCK_QEMU_ARM64')
  })

  it('should explain a check, and list all of them for programs', async () => {
    expect(await drydock('explain', 'root.remount')).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('P9'),
    })
    const { stdout } = await drydock('list', '--json')
    expect(JSON.parse(stdout)).toContainEqual(expect.objectContaining({ id: 'root.remount', promise: 'P9' }))
  })
})
