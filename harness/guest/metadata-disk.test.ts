import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { withDir } from 'tmp-promise'
import { describe, expect, it, vi } from 'vitest'
import { metadataFiles, writeMetadataDisk } from './metadata-disk.ts'

const inFolder = <Result>(use: (folder: string) => Promise<Result>): Promise<Result> =>
  withDir(({ path }) => use(path), { unsafeCleanup: true })

const metadata = { authorizedKeys: ['ssh-ed25519 AAAA one', 'ssh-ed25519 BBBB two'], hostname: 'dock' }

describe('metadataFiles', () => {
  it("should give LinuxKit's and NoCloud's form of the same keys", () => {
    const files = metadataFiles(metadata)
    expect(JSON.parse(files.config ?? '')).toEqual({
      hostname: { perm: '0644', content: 'dock' },
      ssh: {
        entries: {
          authorized_keys: { perm: '0600', content: 'ssh-ed25519 AAAA one\nssh-ed25519 BBBB two\n' },
        },
      },
    })
    expect(files['user-data']).toBe(files.config)
    expect(JSON.parse(files['meta-data'] ?? '')).toEqual({
      'instance-id': 'drydock',
      'local-hostname': 'dock',
      'public-keys': metadata.authorizedKeys,
    })
  })
})

describe('writeMetadataDisk', () => {
  it('should write the same bytes for the same metadata, whatever the time is', () =>
    inFolder(async (folder) => {
      const [first, second] = [join(folder, 'first.iso'), join(folder, 'second.iso')]
      await writeMetadataDisk(first, metadata)
      const writtenAt = new Date().getSeconds()
      await vi.waitUntil(() => new Date().getSeconds() !== writtenAt, { timeout: 2000, interval: 20 })
      await writeMetadataDisk(second, metadata)
      expect((await readFile(first)).equals(await readFile(second))).toBe(true)
    }))

  it('should write a volume named cidata that holds the files under their full names', () =>
    inFolder(async (folder) => {
      const image = join(folder, 'metadata.iso')
      await writeMetadataDisk(image, metadata)
      const bytes = await readFile(image)
      expect(bytes.toString('latin1', 0x8028, 0x8048).trim()).toBe('cidata')
      const { stdout } = await execa('xorriso', ['-no_rc', '-indev', image, '-find', '/', '-type', 'f'])
      expect(stdout.split('\n').sort()).toEqual(["'/config'", "'/meta-data'", "'/user-data'"])
    }))

  it('should say which program is missing and how to get it', () =>
    inFolder(async (folder) => {
      vi.stubEnv('PATH', folder)
      try {
        await expect(writeMetadataDisk(join(folder, 'metadata.iso'), metadata)).rejects.toMatchObject({
          code: 'XORRISO_MISSING',
          blame: 'testbed',
          message: expect.stringContaining('apt-get install xorriso'),
        })
      } finally {
        vi.unstubAllEnvs()
      }
    }))

  it('should say where it could not write', () =>
    inFolder(async (folder) => {
      await expect(writeMetadataDisk(join(folder, 'no/such/folder.iso'), metadata)).rejects.toMatchObject({
        code: 'METADATA_DISK',
        message: expect.stringContaining('no/such/folder.iso'),
      })
    }))
})
