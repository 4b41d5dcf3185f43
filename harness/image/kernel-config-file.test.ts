import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import which from 'which'
import type { Architecture } from '../common/architecture.ts'
import { DrydockError } from '../common/errors.ts'
import { readKernelConfig } from './kernel-config-file.ts'
import { buildBzImage, buildImage, buildZboot } from './testing/kernel-builder.ts'
import { temporaryFolder } from './testing/temporary-folder.ts'

// The machine may be busy.
vi.setConfig({ testTimeout: 60_000 })

const fixtures = join(import.meta.dirname, '../../fixtures/kernel-config')
const release = '6.12.57'
const configFor = (architecture: Architecture): string =>
  `CONFIG_${architecture === 'arm64' ? 'ARM64' : 'X86_64'}=y\nCONFIG_IKCONFIG=y\n`

let folder: Awaited<ReturnType<typeof temporaryFolder>>
beforeAll(async () => {
  folder = await temporaryFolder()
})
afterAll(async () => {
  await folder[Symbol.asyncDispose]()
})

const write = async (bytes: Buffer | string): Promise<string> => {
  const path = join(folder.path, 'kernel')
  await writeFile(path, bytes)
  return path
}

const read = async (bytes: Buffer | string) => await readKernelConfig(await write(bytes))

const packed = (architecture: Architecture, extension: string): Buffer => {
  const kernel = buildImage(release, configFor(architecture))
  if (extension === 'gz') return gzipSync(kernel)
  if (extension === 'zst') return zstdCompressSync(kernel)
  return readFileSync(join(fixtures, `payload-${architecture}.${extension}`))
}

/** bzip2 is the one program that Drydock does not install. */
const canUnpack = (extension: string): boolean =>
  extension !== 'bz2' || which.sync('bzip2', { nothrow: true }) !== null

describe('a configuration inside a kernel', () => {
  const extensions = ['gz', 'zst', 'xz', 'lz4', 'lzo', 'lzma', 'bz2']
  const peMachine: Readonly<Record<Architecture, number>> = { arm64: 0xaa64, x86_64: 0x8664 }
  const kernels = extensions.flatMap((extension): [string, Architecture, string, () => Buffer][] => [
    [
      'bzImage',
      'x86_64',
      extension,
      () => buildBzImage({ release, payload: packed('x86_64', extension), isGzip: extension === 'gz' }),
    ],
    ['Image', 'arm64', extension, () => packed('arm64', extension)],
    ['EFI zboot', 'arm64', extension, () => buildZboot(packed('arm64', extension), peMachine.arm64)],
    ['EFI zboot', 'x86_64', extension, () => buildZboot(packed('x86_64', extension), peMachine.x86_64)],
  ])

  it.each(kernels)(
    'should be found in a %s for %s packed as %s',
    async (format, architecture, extension, make) => {
      const found = read(make())
      if (!canUnpack(extension)) {
        await expect(found).rejects.toMatchObject({
          code: 'TOOL_MISSING',
          hint: 'Install it: apt-get install bzip2',
        })
        return
      }
      expect(await found).toMatchObject({
        architecture,
        release,
        embeddedIn: format === 'Image' && extension === 'gz' ? 'Image.gz' : format,
      })
      expect((await found).options.get('IKCONFIG')).toBe('y')
    },
  )

  it('should be found in an unpacked arm64 Image, and behind marks that are none', async () => {
    const config = configFor('arm64')
    const decoys = Buffer.from('IKCFG_ST\x1f\x8b\x08 IKCFG_ST\x1f\x8b no IKCFG_ST', 'latin1')
    const kernel = buildImage(release, config)
    const withDecoys = Buffer.concat([kernel.subarray(0, 64), decoys, kernel.subarray(64)])
    for (const bytes of [kernel, withDecoys]) {
      const { options } = await read(bytes)
      expect([...options.keys()]).toEqual(['ARM64', 'IKCONFIG'])
    }
  })

  it('should not be expected where CONFIG_IKCONFIG is off', async () => {
    await expect(
      read(buildBzImage({ release, payload: zstdCompressSync(buildImage(release)) })),
    ).rejects.toThrow(
      /^expected a kernel with its configuration in it, found: .* was built without CONFIG_IKCONFIG\nGive the \.config that it was built with instead\.$/,
    )
  })

  it('should be for the same architecture as the kernel', async () => {
    await expect(read(buildImage(release, 'CONFIG_X86_64=y\n'))).rejects.toThrow(
      'expected the configuration of a kernel for arm64, found one for x86_64',
    )
  })

  it('should name the line that is wrong in it', async () => {
    await expect(read(buildImage(release, 'CONFIG_ARM64=y\nCONFIG_A\n'))).rejects.toThrow(
      'kernel (the configuration inside):2: expected CONFIG_NAME=VALUE',
    )
  })

  it('should not be unpacked beyond what a configuration can be', async () => {
    const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024, '#'))
    const mark = (text: string) => Buffer.from(text)
    const kernel = Buffer.concat([buildImage(release), mark('IKCFG_ST'), bomb, mark('IKCFG_ED')])
    await expect(read(kernel)).rejects.toThrow('to unpack to at most 8388608 bytes, found more')
    await expect(read(bomb)).rejects.toMatchObject({ code: 'IMAGE_TOO_LARGE' })
  })
})

describe('a configuration in a file', () => {
  const config = 'CONFIG_ARM64=y\nCONFIG_A="ü"\n'

  it.each([
    ['plain', config],
    ['with blank lines first', `\n \n${config}`],
    ['with a byte of blank first', ` \n${config}`],
    ['packed by gzip', gzipSync(config)],
    ['packed by zstd', zstdCompressSync(config)],
    ['packed by xz', execFileSync('xz', ['-c'], { input: config })],
  ])('should be read %s', async (_, bytes) => {
    const found = await read(bytes)
    expect(found).toMatchObject({ architecture: 'arm64', embeddedIn: undefined })
    expect(found.options.get('A')).toBe('ü')
  })

  it.each(['lzo', 'lz4'])('should be the same packed by %s', async (extension) => {
    const path = join(fixtures, 'debian-6.12-cloud-amd64.config')
    expect(await readKernelConfig(`${path}.${extension}`)).toEqual(await readKernelConfig(`${path}.gz`))
  })

  it.each([
    ['an empty file', '', 'expected a kernel configuration, found an empty file'],
    ['a program', readFileSync(process.execPath).subarray(0, 100_000), 'found bytes that start 7f454c46'],
    [
      'noise without zero bytes',
      Buffer.alloc(5000, 0xfe),
      ':1: expected text, found bytes that are not UTF-8',
    ],
    ['another text', 'Hello\n', ':1: expected CONFIG_NAME=VALUE'],
    ['a packed text that is none', gzipSync('Hello\n'), ':1: expected CONFIG_NAME=VALUE'],
    [
      'something behind the packed one',
      Buffer.concat([gzipSync(config), Buffer.from('more')]),
      'found 4 bytes',
    ],
    ['a cut one', gzipSync(config).subarray(0, -9), 'to be whole'],
    ['a kernel for RISC-V', buildZboot(gzipSync(config), 0x5064), 'found EFI zboot for riscv64'],
  ])('should be told from %s', async (_, bytes, message) => {
    const failure = await read(bytes).catch((error: unknown) => error)
    expect(failure).toMatchObject({ blame: 'usage' })
    expect(String(failure)).toContain(message)
  })

  it('should be a regular file', async () => {
    const fifo = join(folder.path, 'fifo')
    execFileSync('mkfifo', [fifo])
    for (const [path, found] of [
      [folder.path, 'a directory'],
      [fifo, 'no regular file'],
      [join(folder.path, 'absent'), 'that it cannot be opened: ENOENT'],
    ] as const) {
      await expect(readKernelConfig(path)).rejects.toThrow(
        `${path}: expected a kernel configuration or a kernel, found ${found}`,
      )
    }
  })

  it('should answer changed kernels with a configuration or one error', async () => {
    const seeds = [
      buildBzImage({ release, payload: packed('x86_64', 'lz4') }),
      buildBzImage({ release, payload: packed('x86_64', 'lzo') }),
      buildZboot(packed('arm64', 'zst')),
      packed('arm64', 'lzo'),
      packed('arm64', 'gz'),
      buildImage(release, config),
    ]
    const seed = fc.constantFrom(...seeds)
    const change = fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(255))
    await fc.assert(
      fc.asyncProperty(
        seed,
        fc.array(change, { maxLength: 6 }),
        fc.double({ min: 0.5, max: 1, noNaN: true }),
        async (whole, changes, kept) => {
          const bytes = Buffer.from(whole.subarray(0, Math.ceil(whole.length * kept)))
          for (const [at, value] of changes) bytes[Math.floor(at * (bytes.length - 1))] = value
          try {
            await read(bytes)
          } catch (error) {
            if (!(error instanceof DrydockError)) throw error
          }
        },
      ),
      { numRuns: 300 },
    )
  })
})
