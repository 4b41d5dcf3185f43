import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { execa } from 'execa'
import { dir } from 'tmp-promise'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildCpio, type CpioEntry } from '../image/testing/cpio-builder.ts'
import { buildElf, type ElfParts } from '../image/testing/elf-builder.ts'

let folder: string
let cleanup: () => Promise<void>

const loader = '/lib64/ld-linux-x86-64.so.2'
const hardened: ElfParts = {
  segments: [
    { type: 3, content: Buffer.from(`${loader}\0`) },
    { type: 0x6474e552 },
    { type: 0x6474e551, flags: 6 },
  ],
  dynamic: [
    [1, 'libc.so.6'],
    [0x6ffffffb, 0x08000001],
  ],
}
const good = buildElf(hardened)
const lazy = buildElf({ ...hardened, dynamic: [[0x6ffffffb, 0x08000000]] })
const title = '\x1b]0;owned\x07'
const pieces: Readonly<Record<string, Buffer>> = {
  [loader.slice(1)]: buildElf({
    ...hardened,
    dynamic: [
      [14, 'ld.so'],
      [30, 8],
    ],
  }),
  'usr/bin/good': good,
  'usr/bin/script': Buffer.from('#!/usr/bin/good -x\n'),
  'usr/bin/orphan': Buffer.from('#!/usr/bin/python3\n'),
  'usr/share/text': Buffer.from('text'),
}

const write = (path: string, content: Buffer, mode = 0o755): string => {
  const full = join(folder, path)
  mkdirSync(join(full, '..'), { recursive: true })
  writeFileSync(full, content)
  chmodSync(full, mode)
  return full
}

beforeAll(async () => {
  const made = await dir({ unsafeCleanup: true })
  folder = made.path
  cleanup = made.cleanup
  for (const [path, content] of Object.entries(pieces)) write(`root/${path}`, content)
  symlinkSync('loop', join(folder, 'root/usr/loop'))
})
afterAll(() => cleanup())

const binaries = async (...args: readonly string[]) => {
  const launcher = join(import.meta.dirname, 'drydock.mjs')
  const { exitCode, stdout, stderr } = await execa(process.execPath, [launcher, 'binaries', ...args], {
    reject: false,
    cwd: folder,
    env: { NO_COLOR: '1' },
  })
  return { exitCode, stdout, stderr }
}

describe('drydock binaries', () => {
  it('should find nothing wrong with a root of hardened programs, and list its scripts', async () => {
    const { exitCode, stdout } = await binaries('root')
    expect(stdout).toMatch(/^pass +pie +full +yes .*root\/usr\/bin\/good/m)
    expect(stdout).toMatch(/^script .*\/usr\/bin\/script {2}\/usr\/bin\/good -x$/m)
    expect(stdout).toMatch(/^script .*orphan {2}\/usr\/bin\/python3 \(which is not there\)$/m)
    expect(stdout).toContain('2 ELF files: 0 broke the policy; 2 scripts')
    expect(exitCode).toBe(0)
  })

  it('should fail one that breaks the policy, the worst first, and say what it broke', async () => {
    write('bad/usr/bin/a-good', good)
    write('bad/usr/bin/z-worse', buildElf({ type: 2, segments: [{ type: 1, flags: 7 }] }))
    write('bad/usr/bin/y-bad', lazy, 0o4755)
    write(`bad${loader}`, pieces[loader.slice(1)] ?? good)
    const { exitCode, stdout } = await binaries('bad')
    const rows = stdout.split('\n').slice(1, 4)
    expect(rows[0]).toMatch(
      /^fail +executable .*z-worse +elf\.pie: .*; elf\.relro: .*elf\.stack: .*elf\.segments: /,
    )
    expect(rows[1]).toMatch(
      /^fail +pie +partial .*y-bad +elf\.relro: partial RELRO; base\.privileged-files: setuid/,
    )
    expect(rows[2]).toMatch(/^pass /)
    expect(exitCode).toBe(1)
  })

  it('should take waivers from a policy, by the path in the root', async () => {
    write('waived/usr/bin/lazy', lazy)
    write(`waived${loader}`, pieces[loader.slice(1)] ?? good)
    const policy = write(
      'policy.yml',
      Buffer.from(
        'waivers:\n  - { check: elf.relro, subjects: [/usr/bin/lazy], reason: to be rebuilt, expires: 2999-01-01 }\n',
      ),
    )
    expect(await binaries('waived')).toMatchObject({ exitCode: 1 })
    const { exitCode, stdout } = await binaries('waived', '--policy', policy)
    expect(stdout).toMatch(/^waived .*lazy +elf\.relro waived: to be rebuilt$/m)
    expect(exitCode).toBe(0)
    expect(await binaries('waived', '--policy', 'absent.yml')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('absent.yml'),
    })
  })

  it('should take a folder for a root that does not look like one', async () => {
    write('odd/program', good)
    expect((await binaries('odd')).stdout).toContain('0 broke the policy')
    expect(await binaries('odd', '--root', 'odd')).toMatchObject({
      exitCode: 1,
      stdout: expect.stringContaining(`elf.interpreter: ${loader} is not below /`),
    })
    expect(await binaries('odd', '--root', 'absent')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('--root absent: expected'),
    })
  })

  it('should open images', async () => {
    const entries: CpioEntry[] = [
      { name: 'usr/bin/good', mode: 0o100755, content: good },
      { name: 'usr/bin/lazy', mode: 0o100755, content: lazy },
      { name: loader.slice(1), mode: 0o100755, content: pieces[loader.slice(1)] ?? good },
    ]
    write('initrd.img', buildCpio(entries))
    const { exitCode, stdout } = await binaries('initrd.img')
    expect(stdout).toMatch(/^fail .*initrd\.img:\/usr\/bin\/lazy +elf\.relro: partial RELRO$/m)
    expect(exitCode).toBe(1)
  })

  it('should say all it knows as JSON', async () => {
    const { exitCode, stdout } = await binaries('root', '--json', '--arch', 'arm64')
    const { files, scripts, brokenChecks } = JSON.parse(stdout)
    expect(files).toContainEqual(
      expect.objectContaining({
        path: expect.stringMatching(/\/root\/usr\/bin\/good$/),
        mode: '0755',
        type: 'pie',
        relro: 'full',
        language: 'c',
        libc: 'glibc',
        canary: { found: 'no', reason: expect.any(String) },
        broken: [expect.objectContaining({ check: 'elf.machine' })],
      }),
    )
    expect(scripts).toHaveLength(2)
    expect(brokenChecks).toEqual({ 'elf.machine': 2 })
    expect(exitCode).toBe(1)
  })

  it('should call a damaged file inconclusive and judge the others', async () => {
    write('damaged/cut', good.subarray(0, 300))
    write('damaged/good', good)
    const { exitCode, stdout } = await binaries('damaged')
    expect(stdout).toMatch(/^inconclusive {2}.*damaged\/cut {2}damaged ELF file: expected /m)
    expect(stdout).toMatch(/1 ELF file: 0 broke the policy; 0 scripts; 1 could not be judged/)
    expect(exitCode).toBe(1)
  })

  it('should keep names of files from the terminal', async () => {
    write(`hostile/${title}program`, lazy)
    const { stdout } = await binaries('hostile')
    expect(stdout).not.toContain('\x1b')
    expect(stdout).toContain('\\x1b]0;owned\\x07program')
  })

  it.each([
    ['a path that does not exist', ['absent'], 'absent: expected a file or a folder'],
    [
      'a folder without programs',
      ['root/usr/share'],
      'root/usr/share: expected ELF files or scripts, found none',
    ],
    ['a file that is nothing', ['root/usr/share/text'], 'root/usr/share/text: expected '],
    ['no path', [], 'missing required argument'],
  ])('should be wrong usage: %s', async (_, args, message) => {
    const { exitCode, stderr, stdout } = await binaries(...args)
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' })
    expect(stderr).toContain(message)
  })
})
