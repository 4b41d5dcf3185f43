import { execFileSync } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import which from 'which'
import { DrydockError } from '../common/errors.ts'
import { checkKernelArchitecture, detectKernelArchitecture, readKernel } from './kernel-file.ts'
import { buildBzImage, buildImage, buildZboot } from './testing/kernel-builder.ts'
import { temporaryFolder } from './testing/temporary-folder.ts'

const release = '6.12.57+deb13-cloud'
const config = 'CONFIG_STACKPROTECTOR=y\n'
const image = buildImage(release, config)

let folder: Awaited<ReturnType<typeof temporaryFolder>>
beforeAll(async () => {
  folder = await temporaryFolder()
})
afterAll(async () => {
  await folder[Symbol.asyncDispose]()
})

const write = async (bytes: Buffer): Promise<string> => {
  const path = join(folder.path, 'kernel')
  await writeFile(path, bytes)
  return path
}

describe('readKernel', () => {
  it.each([
    ['bzImage', 'x86_64', buildBzImage({ release, payload: zstdCompressSync(image) })],
    ['bzImage', 'x86_64', buildBzImage({ release, payload: gzipSync(image), isGzip: true })],
    ['Image', 'arm64', image],
    ['Image.gz', 'arm64', gzipSync(image)],
    ['EFI zboot', 'arm64', buildZboot(gzipSync(image))],
  ])('should recognise %s for %s, its release and its configuration', async (format, architecture, bytes) => {
    const kernel = await readKernel(await write(bytes))
    expect(kernel).toMatchObject({ format, architecture, release })
    expect(await kernel.embeddedConfig()).toEqual({ config })
  })

  it('should read a payload that only the host can decompress', async ({ skip }) => {
    skip(which.sync('xz', { nothrow: true }) === null, 'this host has no xz')
    const payload = execFileSync('xz', ['-c', '--check=crc32'], { input: image })
    const kernel = await readKernel(await write(buildBzImage({ release, payload })))
    expect(await kernel.embeddedConfig()).toEqual({ config })
  })

  it('should say why there is no configuration', async () => {
    const without = await readKernel(await write(buildImage(release)))
    expect(await without.embeddedConfig()).toEqual({
      reason: `${folder.path}/kernel was built without CONFIG_IKCONFIG`,
    })
    const broken = await readKernel(
      await write(buildBzImage({ release, payload: Buffer.from('not compressed') })),
    )
    expect(await broken.embeddedConfig()).toEqual({
      reason: expect.stringContaining(
        'expected a compressed payload at byte 1040, found bytes that start 6e6f7420636f6d70',
      ),
    })
  })

  it.each([
    ['nothing', Buffer.alloc(0), 'found an empty file'],
    ['text', Buffer.from('#!/bin/sh\n'), 'found bytes that start 23212f62696e2f73'],
    [
      'a 32-bit kernel',
      buildBzImage({ release, payload: image, is64: false }),
      'expected a kernel for x86_64 or arm64, found bzImage for 32-bit x86',
    ],
    [
      'a kernel for RISC-V',
      buildZboot(gzipSync(image), 0x5064),
      'expected a kernel for x86_64 or arm64, found EFI zboot for riscv64',
    ],
  ])('should refuse %s', async (_, bytes, expected) => {
    const failure = await readKernel(await write(bytes)).catch((error: unknown) => error)
    expect(failure).toMatchObject({ code: 'NOT_A_KERNEL', blame: 'usage' })
    expect(String(failure)).toContain(expected)
  })

  it('should refuse a directory and a missing file', async () => {
    const directory = join(folder.path, 'd')
    await mkdir(directory)
    await expect(readKernel(directory)).rejects.toThrow(`${directory}: expected a kernel, found a directory`)
    await expect(readKernel(join(folder.path, 'absent'))).rejects.toMatchObject({ blame: 'usage' })
  })

  it('should answer changed bytes with a kernel or one error', async () => {
    const whole = buildBzImage({ release, payload: gzipSync(image), isGzip: true })
    const change = fc.tuple(fc.nat(whole.length - 1), fc.nat(255))
    await fc.assert(
      fc.asyncProperty(fc.array(change, { maxLength: 8 }), fc.nat(whole.length), async (changes, length) => {
        const bytes = Buffer.from(whole.subarray(0, length))
        for (const [at, value] of changes) if (at < length) bytes[at] = value
        try {
          await (await readKernel(await write(bytes))).embeddedConfig()
        } catch (error) {
          if (!(error instanceof DrydockError && error.blame === 'usage')) throw error
        }
      }),
      { numRuns: 200 },
    )
  })
})

describe('the architecture of a kernel', () => {
  it('should be told from its bytes', async () => {
    expect(await detectKernelArchitecture(await write(image))).toBe('arm64')
  })

  it('should be the one the target says', async () => {
    const path = await write(image)
    const kernel = await readKernel(path)
    checkKernelArchitecture(kernel, 'arm64', path)
    expect(() => checkKernelArchitecture(kernel, 'x86_64', path)).toThrow(
      `${path}: expected a kernel for x86_64, found Image for arm64`,
    )
  })
})
