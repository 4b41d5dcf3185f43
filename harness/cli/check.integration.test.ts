import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { dir } from 'tmp-promise'
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest'
import { parseRecord, readRecord } from '../record/record-file.ts'
import { loadTarget } from '../target/target.ts'
import '../vitest/run-context.ts'

let folder: string
let cleanup: () => Promise<void>

beforeEach(async () => {
  const made = await dir({ unsafeCleanup: true })
  folder = made.path
  cleanup = made.cleanup
  await mkdir(join(folder, 'tmp'))
})
afterEach(() => cleanup())

const target = inject('reference').release
const spec = (await loadTarget(target)).guests.x86_64
const image = [
  '--kernel',
  spec?.kernel ?? '',
  '--initrd',
  spec?.initrd ?? '',
  '--cmdline',
  spec?.cmdline ?? '',
]
const out = () => ['--out', join(folder, 'reports')]

/** A program of its own in every respect: own process group, own temporary folder. */
const start = (...args: readonly string[]) =>
  execa(process.execPath, [join(import.meta.dirname, 'drydock.mjs'), 'check', ...args], {
    reject: false,
    env: { TMPDIR: join(folder, 'tmp'), NO_COLOR: '1' },
    all: true,
  })

/** Resolves when the program has said something. */
const until = (run: ReturnType<typeof start>, text: string): Promise<void> => {
  let said = ''
  return new Promise((resolve, reject) => {
    run.all.on('data', (chunk: Buffer) => {
      said += chunk.toString()
      if (said.includes(text)) resolve()
    })
    run.all.on('end', () => reject(new Error(`expected "${text}", found the end of:\n${said}`)))
  })
}

/** The children of a process, and theirs. */
const below = async (pid: number): Promise<readonly number[]> => {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '')
  const children = text
    .split(' ')
    .filter((word) => word !== '')
    .map(Number)
  return [...children, ...(await Promise.all(children.map(below))).flat()]
}

/** Pids of the guests that a run has now. */
const guestsOf = async ({ pid }: ReturnType<typeof start>): Promise<readonly number[]> => {
  const names = await Promise.all(
    (await below(pid ?? 0)).map(async (child) => ({
      child,
      name: await readFile(`/proc/${child}/comm`, 'utf8').catch(() => ''),
    })),
  )
  return names.filter(({ name }) => name.startsWith('qemu-system')).map(({ child }) => child)
}

describe('drydock check', () => {
  it('should let two runs at once write one whole report each, and print records alone with --json', async () => {
    const args = [target, '--arch', 'x86_64', '--case', 'root.read-only', '--json', ...out()]
    const runs = await Promise.all([start(...args), start(...args)])
    const records = runs.map(({ stdout }) => parseRecord(stdout, 'standard output'))
    expect(runs.map(({ exitCode }) => exitCode)).toEqual([0, 0])
    expect(records).toMatchObject([{ summary: { pass: 1 } }, { summary: { pass: 1 } }])
    const reports = join(folder, 'reports', 'reference-release')
    expect((await readdir(reports)).sort()).toEqual(['report.html', 'x86_64'])
    const kept = await readRecord(join(reports, 'x86_64', 'record.json'))
    expect(records).toContainEqual(kept)
    expect(await readdir(join(folder, 'tmp'))).toEqual([])
  })

  it('should close the guest and still write its report at Ctrl-C', async () => {
    const run = start(target, '--fresh', '--arch', 'x86_64', '--case', 'root.read-only', ...out())
    await until(run, 'x86_64  firmware')
    const guests = await guestsOf(run)
    expect(guests).not.toEqual([])
    run.kill('SIGINT')
    const { exitCode, all } = await run
    expect(exitCode).toBe(130)
    expect(all).toContain('SIGINT: closing guests')
    const record = await readRecord(join(folder, 'reports', 'reference-release', 'x86_64', 'record.json'))
    expect(record.problems).toMatchObject([{ code: 'INTERRUPTED' }])
    expect(guests.filter((pid) => existsSync(`/proc/${pid}`))).toEqual([])
    expect(await readdir(join(folder, 'tmp'))).toEqual([])
  })

  it('should say so where QEMU is killed in the middle of a run', async () => {
    const run = start(target, '--fresh', '--arch', 'x86_64', '--case', 'root.read-only', ...out())
    await until(run, 'x86_64  firmware')
    for (const pid of await guestsOf(run)) process.kill(pid, 'SIGKILL')
    const { exitCode, all } = await run
    expect(exitCode).toBe(3)
    expect(all).toMatch(/error on x86_64: root\.read-only[\s\S]*QEMU/)
  })

  it.each([
    ['random bytes', async () => randomBytes(100_000), 'found bytes that start'],
    [
      'one that is cut short',
      async () => (await readFile(spec?.initrd ?? '')).subarray(0, 20_000_000),
      'found the end of the archive',
    ],
  ])('should say what is wrong with an initrd of %s, and what the kernel says', async (_, bytes, words) => {
    const initrd = join(folder, 'initrd')
    await writeFile(initrd, await bytes())
    const cases = ['--case', 'elf.stack', 'root.read-only']
    const { exitCode, all } = await start(
      '--kernel',
      spec?.kernel ?? '',
      '--initrd',
      initrd,
      ...cases,
      ...out(),
    )
    expect(exitCode).toBe(3)
    expect(all.replace(/\s+/g, ' ')).toContain(words)
    expect(all).toContain('Kernel panic - not syncing')
  })

  it('should judge an image without a login by what can be seen all the same', async () => {
    const cases = ['--case', 'elf.stack', 'kernel.kaslr', 'kernel.write-or-execute', 'root.read-only']
    const { exitCode, stdout } = await start(...image, ...cases, '--json', ...out())
    const { checks } = parseRecord(stdout, 'standard output')
    expect(Object.fromEntries(checks.map(({ id, verdict }) => [id, verdict]))).toEqual({
      'elf.stack': 'pass',
      'kernel.kaslr': 'pass',
      'kernel.write-or-execute': 'pass',
      'root.read-only': 'inconclusive',
    })
    expect(exitCode).toBe(1)
  })

  it.runIf(process.getuid?.() === 0)('should say that the disk under the reports is full', async () => {
    const reports = join(folder, 'reports')
    await mkdir(reports)
    await execa('mount', ['-t', 'tmpfs', '-o', 'size=4k', 'tmpfs', reports])
    try {
      const { exitCode, all } = await start(target, '--arch', 'x86_64', '--case', 'elf.stack', ...out())
      expect(exitCode).toBe(3)
      expect(all).toContain('found the disk full')
    } finally {
      await execa('umount', [reports])
    }
  })
})
