import { execFileSync } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { zstdCompressSync } from 'node:zlib'
import { execa } from 'execa'
import { dir } from 'tmp-promise'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { buildBzImage, buildImage } from '../image/testing/kernel-builder.ts'
import { helpersFor } from './kconfig/judge-many.ts'

const fixtures = join(import.meta.dirname, '../../fixtures/kernel-config')
const debian = join(fixtures, 'debian-6.12-cloud-amd64.config.gz')
const debianArm = join(fixtures, 'debian-6.12-cloud-arm64.config.gz')

// Each test starts processes, and the machine may be busy.
vi.setConfig({ testTimeout: 60_000 })

let folder: string
let cleanup: () => Promise<void>
beforeAll(async () => {
  const made = await dir({ unsafeCleanup: true })
  folder = made.path
  cleanup = made.cleanup
})
afterAll(() => cleanup())

const kconfig = async (...args: readonly string[]) => {
  const launcher = join(import.meta.dirname, 'drydock.mjs')
  const { exitCode, stdout, stderr } = await execa(process.execPath, [launcher, 'kconfig', ...args], {
    reject: false,
    cwd: folder,
    env: { NO_COLOR: '1' },
  })
  return { exitCode, stdout, stderr }
}

const file = async (name: string, content: string | Buffer): Promise<string> => {
  await writeFile(join(folder, name), content)
  return name
}

describe('drydock kconfig', () => {
  it('should give one object for each rule, and the exit code of a failure', async () => {
    const { exitCode, stdout, stderr } = await kconfig(debian, '--json')
    expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: '' })
    const rules: readonly Record<string, unknown>[] = JSON.parse(stdout)
    expect(rules.length).toBeGreaterThan(300)
    expect(new Set(rules.map(({ id }) => id)).size).toBe(rules.length)
    for (const rule of rules) {
      expect(Object.keys(rule)).toEqual(
        expect.arrayContaining([
          'id',
          'type',
          'name',
          'desired',
          'actual',
          'verdict',
          'reason',
          'source',
          'severity',
        ]),
      )
    }
    expect(rules).toContainEqual(
      expect.objectContaining({ id: 'kconfig.DEVMEM', actual: 'y', desired: 'not set', verdict: 'fail' }),
    )
  })

  it('should show failures gravest first, what mends them, and what was not judged', async () => {
    const { exitCode, stdout } = await kconfig(debian)
    expect(exitCode).toBe(1)
    expect(stdout).toMatch(/^\S+: Linux 6\.12\.\d+ for x86_64, judged by kspp\n/)
    const grades = [...stdout.matchAll(/^(critical|high|medium|low) {2}/gm)].map((match) => match[1])
    expect(grades.length).toBeGreaterThan(50)
    expect(grades.toSorted((a, b) => 'chml'.indexOf(a?.[0] ?? '') - 'chml'.indexOf(b?.[0] ?? ''))).toEqual(
      grades,
    )
    expect(stdout).toMatch(/critical +CONFIG_DEVMEM +y +not set\n {10}All physical memory/)
    expect(stdout).toMatch(
      /not judged: \d+ for the command line \(--cmdline\), \d+ for sysctls \(--sysctl\)\n?$/,
    )
    expect(
      stdout
        .split('\n')
        .filter(
          (line) =>
            line.startsWith(' ') &&
            line.length > 100 &&
            !line.includes(folder) &&
            !line.includes('merge_config'),
        ),
    ).toEqual([])
  })

  it('should pass where the policy knows every failure', async () => {
    expect(await kconfig(debian, '--policy', 'debian-cloud')).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^0 failed, \d+ passed, \d+ absent, \d+ waived/m),
    })
  })

  it('should fail for a waiver that has expired or is not needed, with its line', async () => {
    const policy = await file(
      'policy.yml',
      `extends: debian-cloud
waivers:
  - { rule: kconfig.KEXEC, reason: r, expires: 2020-01-01 }
  - { rule: kconfig.STRICT_KERNEL_RWX, reason: r, expires: 2099-01-01 }
`,
    )
    const { exitCode, stdout } = await kconfig(debian, '--policy', policy)
    expect(exitCode).toBe(1)
    expect(stdout).toContain('policy.yml:3: the waiver of kconfig.KEXEC expired after 2020-01-01')
    expect(stdout).toContain('policy.yml:4: waives kconfig.STRICT_KERNEL_RWX, which did not fail')
  })

  it('should judge a command line, given or in a file, and sysctls', async () => {
    const sysctls = await file('sysctls', 'kernel.dmesg_restrict = 1\nkernel.kptr_restrict = 0\n')
    const cmdline = await file('cmdline', 'console=ttyS0 nokaslr\n')
    for (const words of ['console=ttyS0 nokaslr', cmdline, `./${cmdline}`]) {
      const { stdout } = await kconfig(debian, '--cmdline', words, '--sysctl', sysctls, '--json')
      const rules: readonly { id: string; verdict: string }[] = JSON.parse(stdout)
      const verdictOf = (id: string) => rules.find((rule) => rule.id === id)?.verdict
      expect(verdictOf('cmdline.nokaslr')).toBe('fail')
      expect(verdictOf('cmdline.norandmaps')).toBe('pass')
      expect(verdictOf('sysctl.kernel.dmesg_restrict')).toBe('pass')
      expect(verdictOf('sysctl.kernel.kptr_restrict')).toBe('fail')
    }
  })

  it('should mend what its fragment is laid over', async () => {
    const { stdout: fragment, exitCode } = await kconfig(debian, '--fragment')
    expect(exitCode).toBe(1)
    const lines = fragment.split('\n').filter((line) => /^(?:# )?CONFIG_/.test(line))
    expect(lines.length).toBeGreaterThan(50)
    const options = new Set(lines.map((line) => /CONFIG_\w+/.exec(line)?.[0]))
    const before = execFileSync('gzip', ['-dc', debian], { encoding: 'utf8' })
    const kept = before.split('\n').filter((line) => !options.has(/CONFIG_\w+/.exec(line)?.[0]))
    const mended = await file('mended', [...kept, ...lines, ''].join('\n'))
    const failing = async (path: string): Promise<number> =>
      JSON.parse((await kconfig(path, '--json')).stdout).filter(
        ({ verdict, type }: { verdict: string; type: string }) => type === 'kconfig' && verdict === 'fail',
      ).length
    expect(await failing(mended)).toBeLessThan((await failing(debian)) / 10)
  })

  it('should judge the configuration inside a kernel, and say what to do where there is none', async () => {
    const config = await readFile(join(fixtures, 'debian-6.12-cloud-amd64.config.gz'))
    const text = execFileSync('gzip', ['-dc'], { input: config, encoding: 'utf8' })
    const payload = (content?: string) => zstdCompressSync(buildImage('6.12.57', content))
    const kernel = await file('vmlinuz', buildBzImage({ release: '6.12.57-x', payload: payload(text) }))
    expect((await kconfig(kernel)).stdout).toMatch(
      /^vmlinuz: Linux 6\.12\.57-x for x86_64, the configuration inside a bzImage, judged by kspp\n/,
    )
    const without = await file('vmlinuz', buildBzImage({ release: '6.12.57-x', payload: payload() }))
    expect(await kconfig(without)).toMatchObject({
      exitCode: 2,
      stdout: '',
      stderr: expect.stringMatching(
        /^drydock: expected a kernel with its configuration in it, found: vmlinuz was built without CONFIG_IKCONFIG\n/,
      ),
    })
  })

  it.each([
    ['a malformed line', 'CONFIG_X86_64=y\nCONFIG_A\n', /^drydock: config:2: expected CONFIG_NAME=VALUE/],
    [
      'an option twice',
      'CONFIG_X86_64=y\nCONFIG_X86_64=y\n',
      /^drydock: config:2: expected each option once/,
    ],
    [
      'two architectures',
      'CONFIG_X86_64=y\nCONFIG_ARM64=y\n',
      /^drydock: config:2: expected the configuration of one/,
    ],
    ['no architecture', 'CONFIG_A=y\n', /^drydock: config: .*found neither\n.*--arch x86_64/],
    [
      'a binary file',
      Buffer.alloc(100),
      /^drydock: config: expected a kernel configuration .*found bytes that start 00/,
    ],
    ['an empty file', '', /^drydock: config: expected a kernel configuration, found an empty file/],
  ])('should say in one line what is wrong with %s', async (_, content, message) => {
    const { exitCode, stdout, stderr } = await kconfig(await file('config', content))
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' })
    expect(stderr).toMatch(message)
  })

  it.each([
    [['--arch', 'riscv'], '--arch: expected x86_64 or arm64, found "riscv"'],
    [['--arch', 'arm64'], '--arch: expected x86_64, which '],
    [['--policy', 'mobi'], '--policy: expected '],
    [['--policy', 'absent.yml'], 'absent.yml: expected a YAML file, found nothing at that path'],
    [['--cmdline', '/absent/cmdline'], '--cmdline: expected a file, found nothing at /absent/cmdline'],
    [['--sysctl', 'absent'], 'absent: expected a list of sysctls, found that it cannot be opened'],
    [['--fragment', '--json'], '--fragment: expected it without --json'],
    [['--fragment', debianArm], '--fragment: expected one file, found 2'],
    [['--colour'], "unknown option '--colour'"],
    [['--policy'], "option '--policy <name|file>' argument missing"],
  ])('should take %j for wrong usage', async (args, message) => {
    const { exitCode, stdout, stderr } = await kconfig(debian, ...args)
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' })
    expect(stderr).toContain(message)
  })

  it('should know for a fragment what it is told', async () => {
    const config = await file('fragment', 'CONFIG_STRICT_KERNEL_RWX=y\n')
    const { exitCode, stdout } = await kconfig(config, '--arch=arm64')
    expect(exitCode).toBe(1)
    expect(stdout).toMatch(
      /^fragment: Linux of unknown version for arm64, judged by kspp\n! fragment: its kernel's version is not known/,
    )
  })

  it('should show its help', async () => {
    expect(await kconfig('--help')).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/--policy <name\|file>.*Examples:.*Exit codes:/s),
    })
  })
})

describe('drydock kconfig of many files', () => {
  it('should give an object for each file in their order, as for each alone', async () => {
    const { stdout, exitCode } = await kconfig(debian, debianArm, '--json')
    expect(exitCode).toBe(1)
    const files = JSON.parse(stdout)
    expect(files.map(({ file: path, architecture }: Record<string, string>) => [path, architecture])).toEqual(
      [
        [debian, 'x86_64'],
        [debianArm, 'arm64'],
      ],
    )
    expect(files[1].rules).toEqual(JSON.parse((await kconfig(debianArm, '--json')).stdout))
  })

  it('should say the same with the help of threads', async () => {
    const few = [debian, debianArm]
    const many = Array.from({ length: 50 }, (_, index) => few[index % 2] ?? debian)
    const of = async (files: readonly string[]) => JSON.parse((await kconfig(...files, '--json')).stdout)
    const [first, second] = await of(few)
    const all = await of(many)
    expect(all).toHaveLength(many.length)
    expect(
      all.every(
        (each: unknown, index: number) =>
          JSON.stringify(each) === JSON.stringify(index % 2 === 0 ? first : second),
      ),
    ).toBe(true)
  })

  it('should tell of the first file that is wrong among many', async () => {
    const wrong = await file('wrong', 'CONFIG_X86_64=y\nCONFIG_A\n')
    const many = Array.from({ length: 60 }, (_, index) => (index === 41 ? wrong : debian))
    expect(await kconfig(...many)).toMatchObject({
      exitCode: 2,
      stdout: '',
      stderr: expect.stringMatching(/^drydock: wrong:2: expected CONFIG_NAME=VALUE/),
    })
  })

  it('should start no more threads than are worth it', () => {
    expect([1, 47, 48, 80, 1000].map((files) => helpersFor(files, 2))).toEqual([0, 0, 1, 1, 1])
    expect([1, 80, 1000].map((files) => helpersFor(files, 16))).toEqual([0, 2, 15])
    expect(helpersFor(1000, 1)).toBe(0)
  })
})
