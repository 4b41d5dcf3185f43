import { createHash, randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { withDir } from 'tmp-promise'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { ArchivePackage, DebianArchive } from './debian-archive.ts'
import { type DebianLock, writeLock } from './debian-lock.ts'
import { fetchPackages, newestOf } from './debian-packages.ts'

const bytesOf = (name: string, version: string): Buffer => Buffer.from(`${name} ${version}`)
const offer = (name: string, version: string, depends: string[] = []): ArchivePackage => ({
  name,
  version,
  depends,
  sha256: createHash('sha256').update(bytesOf(name, version)).digest('hex'),
})

/** An archive in memory. */
const archiveOf = (offered: readonly ArchivePackage[], damage = false): DebianArchive => ({
  find: async (names) => offered.filter(({ name }) => names.includes(name)),
  download: async (packages, folder) => {
    for (const { name, version } of packages) {
      await writeFile(join(folder, `${name}.deb`), damage ? randomBytes(8) : bytesOf(name, version))
    }
  },
})

const lockOf = ({ name, version, sha256 }: ArchivePackage): DebianLock => ({
  suite: 'trixie',
  packages: { amd64: { [name]: { package: name, version, sha256 } } },
})

const locked = offer('runc', '1.1')
const newer = offer('runc', '1.2')

const fetchRunc = async (archive: DebianArchive, frozen = false) => {
  const messages: string[] = []
  const open = vi.fn(async () => archive)
  const run = await withDir(
    async ({ path }) => {
      vi.stubEnv('XDG_CACHE_HOME', path)
      const lockPath = join(path, 'lock.json')
      await writeLock(lockPath, lockOf(locked))
      const options = {
        lockPath,
        architecture: 'amd64',
        names: ['runc'],
        frozen,
        open,
        progress: ({ detail }: { detail: string }) => messages.push(detail),
      } as const
      await fetchPackages(options)
      return await fetchPackages(options)
    },
    { unsafeCleanup: true },
  )
  return { runc: run.get('runc'), messages, asked: open.mock.calls.length }
}

describe('fetchPackages', () => {
  afterEach(() => {
    vi.unstubAllEnvs()
  })

  it('should take the locked version and ask the archive only once', async () => {
    const { runc, asked } = await fetchRunc(archiveOf([newer, locked]))
    expect(runc).toMatchObject({ version: '1.1', sha256: locked.sha256 })
    expect(asked).toBe(1)
  })

  it('should say in one line that a locked version has left, and take the newest', async () => {
    const { runc, messages } = await fetchRunc(archiveOf([newer]))
    expect(runc).toMatchObject({ version: '1.2' })
    expect(messages).toContain('runc 1.1 is locked but has left Debian trixie; taking runc 1.2')
  })

  it('should fail on that where it is frozen', async () => {
    await expect(fetchRunc(archiveOf([newer]), true)).rejects.toMatchObject({ code: 'PACKAGE_LEFT_ARCHIVE' })
  })

  it('should refuse other bytes than the index says', async () => {
    await expect(fetchRunc(archiveOf([locked], true))).rejects.toMatchObject({ code: 'PACKAGE_DAMAGED' })
  })

  it('should refuse a package that no archive has', async () => {
    await expect(fetchRunc(archiveOf([]))).rejects.toMatchObject({ code: 'PACKAGE_MISSING' })
  })
})

describe('newestOf', () => {
  it('should take the kernel that a meta package stands for', async () => {
    const archive = archiveOf([
      offer('linux-image-cloud-amd64', '6.12.9-1', ['linux-image-6.12.9-cloud-amd64']),
      offer('linux-image-6.12.9-cloud-amd64', '6.12.9-1'),
    ])
    expect(await newestOf(archive, 'trixie', 'linux-image-cloud-amd64')).toMatchObject({
      name: 'linux-image-6.12.9-cloud-amd64',
    })
  })

  it('should take the part of the kernel that a name without a version stands for', async () => {
    const archive = archiveOf([
      offer('linux-image-cloud-amd64', '7.2.1-1', [
        'linux-base-cloud-amd64',
        'linux-image-7.2.1-cloud-amd64',
      ]),
      offer('linux-modules-7.2.1-cloud-amd64', '7.2.1-1'),
    ])
    expect(await newestOf(archive, 'sid', 'linux-modules-cloud-amd64')).toMatchObject({
      name: 'linux-modules-7.2.1-cloud-amd64',
    })
  })
})
