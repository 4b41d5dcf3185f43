import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { MemorySource } from '../byte-source.ts'
import { openArtefact } from '../open-artefact.ts'
import { newContext, openPart } from '../open-part.ts'
import type { Part } from '../part.ts'
import { buildLayout, buildTar } from '../testing/oci-builder.ts'
import { temporaryFolder } from '../testing/temporary-folder.ts'

const open = async (bytes: Buffer): Promise<Part> =>
  await openPart(new MemorySource(bytes, 'app.tar'), newContext('all'))

const pathsOf = (part: Part | undefined): string[] =>
  [...(part?.tree?.entries() ?? [])].filter(({ type }) => type === 'file').map(({ path }) => path)

const twoLayers = async (): Promise<Buffer[]> => [
  await buildTar({
    'etc/': '',
    'etc/a': '1',
    'etc/b': '1',
    'opt/old/x': '1',
    'opt/old/y': '1',
    'bin/sh': '1',
  }),
  await buildTar({
    'etc/.wh.a': '',
    'opt/old/new': '2',
    'opt/old/.wh..wh..opq': '',
    'bin/sh': '22',
  }),
]

describe('a container image', () => {
  it('should be found in a layout with layers over each other, whiteouts applied', async () => {
    const [lower = Buffer.alloc(0), upper = Buffer.alloc(0)] = await twoLayers()
    const layout = buildLayout([
      {
        architecture: 'amd64',
        layers: [gzipSync(lower), upper],
        config: { User: '7', Entrypoint: ['/bin/sh'] },
      },
      { architecture: 'arm64', layers: [zstdCompressSync(lower)] },
    ])
    const part = await open(await buildTar(layout))
    expect(part.format).toBe('container image archive')
    expect(part.parts.map(({ details }) => details)).toMatchObject([
      { reference: 'example/app:1', platform: 'linux/amd64', user: '7', command: '/bin/sh', layers: '2' },
      { platform: 'linux/arm64', user: 'root', layers: '1' },
    ])
    expect(pathsOf(part.parts[0])).toEqual(['/bin/sh', '/etc/b', '/opt/old/new'])
    expect(part.parts[0]?.tree?.get('/bin/sh')?.size).toBe(2)
    expect(pathsOf(part.parts[1])).toEqual(['/bin/sh', '/etc/a', '/etc/b', '/opt/old/x', '/opt/old/y'])
  })

  it('should be found in a layout that is a folder', async () => {
    await using folder = await temporaryFolder()
    const layers = await twoLayers()
    for (const [path, bytes] of Object.entries(buildLayout([{ architecture: 'amd64', layers }]))) {
      await mkdir(dirname(join(folder.path, path)), { recursive: true })
      await writeFile(join(folder.path, path), bytes)
    }
    const part = await openArtefact(folder.path)
    expect(part.format).toBe('OCI image layout')
    expect(pathsOf(part.parts[0])).toEqual(['/bin/sh', '/etc/b', '/opt/old/new'])
  })

  it('should be found in what docker save writes', async () => {
    const [lower = Buffer.alloc(0)] = await twoLayers()
    const manifest = [{ Config: 'c.json', RepoTags: ['app:2'], Layers: ['l/layer.tar'] }]
    const part = await open(
      await buildTar({
        'manifest.json': JSON.stringify(manifest),
        'c.json': '{"architecture":"arm64","os":"linux"}',
        'l/layer.tar': lower,
      }),
    )
    expect(part.parts[0]?.details).toMatchObject({ reference: 'app:2', platform: 'linux/arm64' })
    expect(pathsOf(part.parts[0])).toHaveLength(5)
  })

  it('should be shown as not read where a blob is not what its digest says, or missing', async () => {
    const layout = buildLayout([{ architecture: 'amd64', layers: await twoLayers() }])
    const blobs = Object.keys(layout).filter((path) => path.startsWith('blobs/'))
    const [first = ''] = blobs
    const changed = await open(await buildTar({ ...layout, [first]: Buffer.from('other') }))
    expect(changed.parts[0]?.unread).toMatch(/^app\.tar: expected a blob with sha256:\w{64}, found sha256:/)
    const { [first]: _, ...without } = layout
    const missing = await open(await buildTar(without))
    expect(missing.parts[0]?.unread).toMatch(/expected the file \/blobs\/sha256\/\w{64} .*, found none/)
  })

  it('should not follow indexes for ever, nor digests out of the layout', async () => {
    const evil = { manifests: [{ digest: 'sha256:../../../etc/passwd', size: 1 }] }
    await expect(
      open(await buildTar({ 'oci-layout': '{}', 'index.json': JSON.stringify(evil) })),
    ).rejects.toMatchObject({ code: 'IMAGE_DAMAGED' })
    const text = await open(await buildTar({ 'manifest.json': '{"name":"an app of the web"}' }))
    expect(text.format).toBe('tar archive')
  })
})
