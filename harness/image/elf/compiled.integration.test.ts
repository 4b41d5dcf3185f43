import { join } from 'node:path'
import { dir } from 'tmp-promise'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { architectures } from '../../common/architecture.ts'
import { type ElfFile, readElfFrom } from '../elf.ts'
import { withDiskFile } from '../elf-file.ts'
import { type Compilation, compileC, compileGo } from '../testing/compilers.ts'

let folder: string
let cleanup: () => Promise<void>

beforeAll(async () => {
  const made = await dir({ unsafeCleanup: true })
  folder = made.path
  cleanup = made.cleanup
})
afterAll(() => cleanup())

const read = (path: string): ElfFile | undefined =>
  withDiskFile(path, ({ bytes }) => (bytes === undefined ? undefined : readElfFrom(bytes)))

/** A part of what the reader says, guards by their first word alone. */
type Expected = Partial<Omit<ElfFile, 'canary' | 'fortify'>> & {
  readonly canary?: ElfFile['canary']['found']
  readonly fortify?: ElfFile['fortify']['found']
}

const guarded = ['-D_FORTIFY_SOURCE=2', '-fstack-protector-strong']
const bare = ['-U_FORTIFY_SOURCE', '-fno-stack-protector']
const full = '-Wl,-z,relro,-z,now'

/** What gcc is told, and what has to be seen; the names say what other checkers get wrong. */
const table: readonly (Omit<Compilation, 'architecture'> & { name: string; expected: Expected })[] = [
  {
    name: 'guarded program',
    source: 'program',
    flags: ['-fPIE', '-pie', ...guarded, full],
    expected: {
      type: 'pie',
      relro: 'full',
      nxStack: true,
      canary: 'yes',
      fortify: 'yes',
      language: 'c',
      libc: 'glibc',
      stripped: false,
    },
  },
  {
    name: 'guarded program, stripped of its comment too',
    source: 'program',
    flags: ['-fPIE', '-pie', ...guarded, full],
    strip: ['-s', '-R', '.comment'],
    expected: { canary: 'yes', fortify: 'yes', language: 'c', libc: 'glibc', stripped: true },
  },
  {
    name: 'bare program',
    source: 'program',
    flags: ['-no-pie', ...bare, '-Wl,-z,norelro'],
    expected: { type: 'executable', relro: 'none', canary: 'no', fortify: 'no' },
  },
  {
    name: 'lazy binding',
    source: 'program',
    flags: ['-pie', '-Wl,-z,relro,-z,lazy'],
    expected: { type: 'pie', relro: 'partial' },
  },
  {
    name: 'immediate binding without RELRO is not full RELRO',
    source: 'program',
    flags: ['-pie', '-Wl,-z,norelro,-z,now'],
    expected: { relro: 'none' },
  },
  {
    name: 'static-pie is no shared library',
    source: 'program',
    flags: ['-fPIE', '-static-pie', ...guarded, full],
    expected: {
      type: 'static-pie',
      interpreter: undefined,
      relro: 'full',
      canary: 'not-applicable',
      fortify: 'not-applicable',
      libc: 'glibc',
    },
  },
  {
    name: "a bare static program does not get the C library's canary",
    source: 'program',
    flags: ['-static', ...bare],
    expected: { type: 'executable', canary: 'not-applicable', libc: 'glibc' },
  },
  {
    name: 'a guarded static program is not said to have none once it is stripped',
    source: 'program',
    flags: ['-static', ...guarded],
    strip: ['-s', '-R', '.comment'],
    expected: { type: 'executable', canary: 'not-applicable', language: 'c', libc: 'glibc', stripped: true },
  },
  {
    name: 'a library is no PIE',
    source: 'library',
    flags: ['-fPIC', '-shared', ...guarded, full],
    expected: { type: 'shared-library', relro: 'full', canary: 'yes', fortify: 'yes' },
  },
  {
    name: 'a library with a name',
    source: 'library',
    flags: ['-fPIC', '-shared', ...bare, '-Wl,-soname,libshow.so.1'],
    expected: { type: 'shared-library', soname: 'libshow.so.1', canary: 'no', fortify: 'no' },
  },
  {
    name: 'an object file',
    source: 'program',
    flags: ['-c', ...guarded],
    expected: { type: 'relocatable', canary: 'yes', nxStack: true },
  },
  {
    name: 'executable stack',
    source: 'program',
    flags: ['-z', 'execstack'],
    expected: { gnuStack: 'executable', nxStack: false },
  },
  {
    name: 'a segment to write and run',
    source: 'open section',
    flags: [],
    expected: { writableExecutableSegments: 1 },
  },
  {
    name: 'text relocations',
    source: 'patched code',
    flags: ['-pie', '-Wl,-z,notext'],
    expected: { type: 'pie', textrel: true },
  },
  {
    name: 'RPATH',
    source: 'program',
    flags: ['-Wl,--disable-new-dtags,-rpath,/tmp/a:$ORIGIN/b'],
    expected: { rpath: ['/tmp/a', '$ORIGIN/b'], runpath: [] },
  },
  {
    name: 'RUNPATH',
    source: 'program',
    flags: ['-Wl,--enable-new-dtags,-rpath,/tmp/a'],
    expected: { rpath: [], runpath: ['/tmp/a'] },
  },
  {
    name: 'dynamic musl',
    source: 'program',
    flags: [...guarded],
    libc: 'musl',
    expected: { type: 'pie', libc: 'musl', canary: 'yes', fortify: 'not-applicable' },
  },
  {
    name: 'static musl',
    source: 'program',
    flags: ['-static', ...bare],
    libc: 'musl',
    strip: ['-s', '-R', '.comment'],
    expected: { type: 'executable', libc: 'musl', language: 'c', canary: 'not-applicable' },
  },
  {
    name: 'static-pie musl',
    source: 'program',
    flags: ['-fPIE', '-static-pie'],
    libc: 'musl',
    expected: { type: 'static-pie', interpreter: undefined, libc: 'musl' },
  },
  {
    name: 'a named build',
    source: 'program',
    flags: ['-Wl,--build-id=0xc0ffee'],
    expected: { buildId: 'c0ffee' },
  },
]

describe.each(architectures)('readElf on what compilers make for %s', (architecture) => {
  it.each(table)('should be right on $name', async ({ name, expected, ...compilation }) => {
    const path = await compileC(folder, `${architecture}-${name.replaceAll(/\W/g, '-')}`, {
      architecture,
      ...compilation,
    })
    const { canary, fortify, ...facts } = expected
    const elf = read(path)
    expect(elf).toMatchObject({ machine: architecture, ...facts })
    if (canary !== undefined) expect(elf?.canary).toMatchObject({ found: canary })
    if (fortify !== undefined) expect(elf?.fortify).toMatchObject({ found: fortify })
  })

  it('should be right on Go, which has neither canaries nor, unless asked for, PIE', async () => {
    const none = { found: 'not-applicable' }
    const plain = read(await compileGo(folder, `${architecture}-go`, { architecture, pie: false }))
    expect(plain).toMatchObject({ type: 'executable', relro: 'none', language: 'go', libc: undefined })
    const pie = read(await compileGo(folder, `${architecture}-go-pie`, { architecture, pie: true }))
    expect(pie).toMatchObject({ type: 'pie', relro: 'full', language: 'go', canary: none, fortify: none })
    // It names a loader although it needs no library: it does not start where there is only musl.
    expect(pie).toMatchObject({ interpreter: expect.stringMatching(/ld-linux/), needed: [] })
    expect(pie?.go).toMatchObject({
      version: expect.stringMatching(/^go1\./),
      package: 'example.org/fixture',
      settings: {
        '-buildmode': 'pie',
        CGO_ENABLED: '0',
        GOARCH: architecture === 'x86_64' ? 'amd64' : 'arm64',
      },
    })
  })
})

describe('control-flow marks', () => {
  const mark = async (name: string, compilation: Omit<Compilation, 'source'>): Promise<ElfFile | undefined> =>
    read(await compileC(folder, name, { source: 'program', ...compilation }))

  it('should see what the linker kept of IBT and shadow stacks: one object without them takes them away', async () => {
    const protection = '-fcf-protection=full'
    const forced = { architecture: 'x86_64', flags: [protection, '-Wl,-z,ibt,-z,shstk'] } as const
    expect(await mark('cet-forced', forced)).toMatchObject({ ibt: true, shstk: true, bti: false, pac: false })
    expect(await mark('cet-none', { architecture: 'x86_64', flags: ['-fcf-protection=none'] })).toMatchObject(
      {
        ibt: false,
        shstk: false,
      },
    )
  })

  it('should see BTI and PAC', async () => {
    const protection = '-mbranch-protection=standard'
    const forced = { architecture: 'arm64', flags: [protection, '-Wl,-z,force-bti'] } as const
    expect(await mark('bti-forced', forced)).toMatchObject({ bti: true, ibt: false, shstk: false })
    const alone = { architecture: 'arm64', flags: [protection, '-shared', '-nostdlib', '-fPIC'] } as const
    expect(await mark('pac', alone)).toMatchObject({ bti: true, pac: true })
    expect(
      await mark('bti-none', { architecture: 'arm64', flags: ['-mbranch-protection=none'] }),
    ).toMatchObject({
      bti: false,
      pac: false,
    })
  })
})

it('should find all of it in a file whose section headers are gone', async () => {
  const flags = ['-fPIE', '-pie', ...guarded, full]
  const path = await compileC(folder, 'sstripped', { architecture: 'x86_64', source: 'program', flags })
  const { readFile, writeFile } = await import('node:fs/promises')
  const bytes = await readFile(path)
  // e_shoff, then e_shnum and e_shstrndx.
  bytes.fill(0, 40, 48)
  bytes.fill(0, 60, 64)
  await writeFile(join(folder, 'without-sections'), bytes)
  const whole = read(path)
  expect(read(join(folder, 'without-sections'))).toEqual({ ...whole, stripped: true })
})
