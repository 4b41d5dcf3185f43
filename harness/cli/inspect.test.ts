import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildCpio, textFile } from '../image/testing/cpio-builder.ts'
import { buildElf } from '../image/testing/elf-builder.ts'
import { buildImage } from '../image/testing/kernel-builder.ts'
import { temporaryFolder } from '../image/testing/temporary-folder.ts'

const container = {
  process: { args: ['/usr/bin/web'], user: { uid: 7, gid: 8 }, capabilities: { bounding: ['CAP_KILL'] } },
  linux: { namespaces: [{ type: 'mount' }] },
}
const directory = (name: string) => ({ name, mode: 0o40755 })
const tree = buildCpio([
  directory('bin'),
  { name: 'bin/su', mode: 0o104755, content: buildElf() },
  { name: 'bin/broken', mode: 0o100755, content: `\x7fELF${'\xff'.repeat(100)}` },
  { name: 'bin/\x1b[31mred', mode: 0o106755, content: 'x' },
  directory('containers'),
  directory('containers/services'),
  directory('containers/services/web'),
  textFile('containers/services/web/config.json', JSON.stringify(container)),
  directory('containers/services/web/rootfs'),
  textFile('containers/services/web/rootfs/big', 'x'.repeat(3000)),
])

let folder: Awaited<ReturnType<typeof temporaryFolder>>
beforeAll(async () => {
  folder = await temporaryFolder()
  const files = {
    'os-kernel': buildImage('6.12.1'),
    'os-initrd.img': gzipSync(tree),
    'os-cmdline': 'console=ttyAMA0 quiet\n',
    'cut.img': gzipSync(tree).subarray(0, 100),
    noise: 'no image at all',
    text: '',
  }
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder.path, name), content)
})
afterAll(async () => await folder[Symbol.asyncDispose]())

const inspect = async (...args: readonly string[]) => {
  const launcher = join(import.meta.dirname, 'drydock.mjs')
  const { exitCode, stdout, stderr } = await execa(process.execPath, [launcher, 'inspect', ...args], {
    reject: false,
    cwd: folder.path,
    env: { NO_COLOR: '1' },
  })
  return { exitCode, stdout, stderr }
}

describe('drydock inspect', { timeout: 60_000 }, () => {
  it('should say what an initrd is and holds', async () => {
    const { exitCode, stdout, stderr } = await inspect('os-initrd.img')
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
    expect(stdout).toMatch(/^os-initrd\.img {2}initrd, \d+ B, archives gzip$/m)
    expect(stdout).toMatch(/^os-initrd\.img: 5 files with .*, 6 directories, 0 links/m)
    expect(stdout).toMatch(/3\.\d KiB {2}2 files {2}\/containers$/m)
    expect(stdout).toMatch(
      /services +web +7:8 +1 capability +mount +no seccomp, root writable +\/usr\/bin\/web/,
    )
    expect(stdout).toMatch(/setuid +0:0 +\/bin\/su$/m)
    expect(stdout).toMatch(/ELF files\n +1 {2}\S+$/m)
    expect(stdout).toMatch(/damaged files\n +\/bin\/broken/)
  })

  it('should not let a name reach the terminal as it is', async () => {
    const { stdout } = await inspect('os-initrd.img')
    expect(stdout).toMatch(/setuid, setgid +0:0 +\/bin\/\\x1b\[31mred/)
    expect(stdout).not.toContain('\x1b')
  })

  it("should take the prefix of LinuxKit's files, with the command line", async () => {
    const { exitCode, stdout } = await inspect('os')
    expect(exitCode).toBe(0)
    expect(stdout).toMatch(/^os for arm64 {2}target, .*\n {2}command line: console=ttyAMA0 quiet\n/)
    expect(stdout).toMatch(/^ {2}\S*os-kernel {2}kernel 6\.12\.1 \(Image, arm64\), /m)
    expect(stdout).toMatch(/^ {2}\S*os-initrd\.img {2}initrd, /m)
  })

  it('should give the same as JSON', async () => {
    const { exitCode, stdout } = await inspect('os-kernel', 'os-initrd.img', '--json')
    expect(exitCode).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject([
      { name: 'os-kernel', kernel: { release: '6.12.1', architecture: 'arm64', format: 'Image' } },
      {
        format: 'initrd',
        tree: {
          files: 5,
          containers: [{ kind: 'services', name: 'web', root: '/containers/services/web/rootfs' }],
          privileged: [{ by: ['setuid', 'setgid'] }, { path: '/bin/su', by: ['setuid'] }],
          damaged: [{ path: '/bin/broken' }],
        },
      },
    ])
  })

  it.each([
    ['a missing file', 'absent', /drydock: .*absent/],
    [
      'bytes of no kind',
      'noise',
      /^drydock: noise: expected a kernel, .*, found bytes that start 6e6f20696d616765$/m,
    ],
    ['a cut file', 'cut.img', /^drydock: expected the gzip part of cut\.img at byte 0 to be whole, found/m],
    ['a device', '/dev/zero', /^drydock: \/dev\/zero: expected an image, found no regular file$/m],
  ])('should refuse %s and still show the others', async (_, name, message) => {
    const { exitCode, stdout, stderr } = await inspect(name, 'os-kernel')
    expect(exitCode).toBe(2)
    expect(stderr).toMatch(message)
    expect(stderr).not.toMatch(/ at .*\.ts/)
    expect(stdout).toMatch(/os-kernel {2}kernel 6\.12\.1/)
  })
})
