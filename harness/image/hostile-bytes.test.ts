import { gzipSync, zstdCompressSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DrydockError } from '../common/errors.ts'
import { MemorySource } from './byte-source.ts'
import { newContext, openPart } from './open-part.ts'
import { partsOf } from './part.ts'
import { buildCpio, textFile } from './testing/cpio-builder.ts'
import { buildBzImage, buildImage } from './testing/kernel-builder.ts'
import { isInstalled, makeImage } from './testing/make-image.ts'
import { damage, damageTo } from './testing/mutate.ts'
import { buildLayout, buildTar } from './testing/oci-builder.ts'
import { buildPe } from './testing/pe-builder.ts'
import { noise, type SampleEntry, sampleTar } from './testing/sample-tree.ts'

/**
 * How often each format is damaged. A nightly run takes 100,000:
 * `DRYDOCK_FUZZ_RUNS=100000 vitest run --project unit harness/image/hostile-bytes.test.ts`
 */
const runs = Number(process.env.DRYDOCK_FUZZ_RUNS ?? 100)
/** Promised for any input; one damaged copy takes milliseconds. */
const mostMs = 10_000

const tree: readonly SampleEntry[] = [
  { path: '/', type: 'directory', mode: 0o755 },
  { path: '/d', type: 'directory', mode: 0o755 },
  { path: '/d/e', type: 'directory', mode: 0o755 },
  { path: '/d/e/text', type: 'file', mode: 0o644, content: Buffer.alloc(9000, 'text') },
  { path: '/d/noise', type: 'file', mode: 0o4755, content: noise(5000) },
  {
    path: '/d/tiny',
    type: 'file',
    mode: 0o644,
    content: Buffer.from('x'),
    xattrs: { 'user.a': Buffer.from('b') },
  },
  { path: '/d/link', type: 'symlink', mode: 0o777, linkTarget: 'e/text' },
  { path: '/null', type: 'character-device', mode: 0o666, device: { major: 1, minor: 3 } },
]

const fat = `truncate -s 128K fat
mkfs.vfat -F 12 fat >/dev/null
rm "$tree/null" "$tree/d/link"
mcopy -Q -s -i fat "$tree/d" ::\n`
const onDisk = (label: string): string =>
  `${fat}truncate -s 320K disk
printf 'label: ${label}\\nunit: sectors\\nstart=64, size=256, type=${label === 'gpt' ? 'U' : 'ef'}\\n' | sfdisk -q -W never disk
dd if=fat of=disk bs=512 seek=64 conv=notrunc status=none\n`

interface Sample {
  readonly name: string
  readonly programs?: readonly string[]
  readonly make: () => Promise<Buffer>
  /** It starts a program of the host each time. @default false */
  readonly isSlow?: boolean
}

const made = (name: string, programs: readonly string[], script: string, isSlow = false): Sample => ({
  name,
  programs: ['fakeroot', 'setfattr', ...programs],
  make: async () => await makeImage(script, tree),
  isSlow,
})

const cpio = buildCpio([textFile('a', 'abc'), { name: 'l', mode: 0o120777, content: 'a' }])
const kernel = buildBzImage({
  release: '6.1',
  payload: gzipSync(Buffer.alloc(3000)),
  is64: true,
  isGzip: true,
})

const samples: readonly Sample[] = [
  { name: 'cpio', make: async () => cpio },
  { name: 'gzip', make: async () => gzipSync(cpio) },
  { name: 'zstd', make: async () => zstdCompressSync(cpio) },
  { name: 'tar', make: async () => await sampleTar(tree) },
  { name: 'kernel', make: async () => kernel },
  { name: 'Image', make: async () => buildImage('6.1') },
  {
    name: 'UKI',
    make: async () =>
      buildPe([
        { name: '.cmdline', content: Buffer.from('quiet') },
        { name: '.linux', content: kernel },
        { name: '.initrd', content: cpio },
      ]),
  },
  {
    name: 'OCI layout',
    make: async () => {
      const layers = [gzipSync(await buildTar({ 'd/': '', 'd/a': '1' })), await buildTar({ 'd/.wh.a': '' })]
      return await buildTar(buildLayout([{ architecture: 'amd64', layers }]))
    },
  },
  made('ext4', ['mkfs.ext4'], 'mkfs.ext4 -q -F -b 1024 -N 32 -O ^has_journal -d "$tree" "$image" 256K'),
  made(
    'ext4 with inline data',
    ['mkfs.ext4'],
    'mkfs.ext4 -q -F -b 1024 -I 256 -N 32 -O inline_data,^has_journal -d "$tree" "$image" 256K',
  ),
  made('ext2', ['mkfs.ext4'], 'mkfs.ext4 -q -F -t ext2 -b 1024 -N 32 -d "$tree" "$image" 256K'),
  made('EROFS', ['mkfs.erofs'], 'mkfs.erofs --quiet "$image" "$tree"'),
  made('EROFS with LZ4', ['mkfs.erofs'], 'mkfs.erofs --quiet -zlz4 -C8192 "$image" "$tree"'),
  made('EROFS with packed tails', ['mkfs.erofs'], 'mkfs.erofs --quiet -zlz4 -Efragments "$image" "$tree"'),
  made('FAT', ['mkfs.vfat', 'mcopy'], `${fat}mv fat "$image"`),
  made('ISO 9660', ['xorriso'], 'xorriso -report_about WARNING -as mkisofs -R -J -o "$image" "$tree"'),
  made('GPT', ['mkfs.vfat', 'mcopy', 'sfdisk'], `${onDisk('gpt')}mv disk "$image"`),
  made('MBR', ['mkfs.vfat', 'mcopy', 'sfdisk'], `${onDisk('dos')}mv disk "$image"`),
  made(
    'qcow2',
    ['mkfs.vfat', 'mcopy', 'sfdisk', 'qemu-img'],
    `${onDisk('gpt')}qemu-img convert -f raw -O qcow2 -c -o cluster_size=4096 disk "$image"`,
  ),
  made('squashfs', ['tar2sqfs'], 'tar2sqfs --quiet "$image" <"$tar"', true),
]

/** Opens it, looks at every entry and the start of every file; gives what was found, or the error. */
const exercise = async (bytes: Buffer): Promise<string> => {
  try {
    const part = await openPart(new MemorySource(bytes, 'sample'), newContext('all'))
    let entries = 0
    for (const inner of partsOf(part)) {
      for (const entry of inner.tree?.entries() ?? []) {
        entries += 1
        const { content } = entry
        await content.read(0, Math.min(content.size, 4096)).catch(expected)
        await content.read(Math.max(0, content.size - 16), Math.min(content.size, 16)).catch(expected)
      }
    }
    return `${part.format} with ${entries} entries`
  } catch (error) {
    return expected(error)
  }
}

const expected = (error: unknown): string => {
  if (error instanceof DrydockError && error.blame === 'usage') return error.code
  throw error
}

describe('hostile bytes', { timeout: 60_000 + runs * 500 }, () => {
  it.for(samples)('should give a result or one clear error: $name', async (sample, { skip }) => {
    const missing = (sample.programs ?? []).filter((program) => !isInstalled(program))
    skip(missing.length > 0, `this host has no ${missing.join(', ')}`)
    const whole = await sample.make()
    expect(await exercise(whole)).toMatch(/ with \d+ entries$/)
    await fc.assert(
      fc.asyncProperty(damageTo(whole), async (how) => {
        const start = performance.now()
        await exercise(damage(whole, how))
        expect(performance.now() - start).toBeLessThan(mostMs)
      }),
      { numRuns: Math.ceil(sample.isSlow === true ? runs / 10 : runs) },
    )
  })
})
