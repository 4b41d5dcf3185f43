import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Architecture } from '../../common/architecture.ts'
import { writeFileAtomically } from '../../common/atomic-file.ts'
import { cachePath } from '../../common/cache.ts'
import { fetchPackages } from '../../common/debian-packages.ts'
import { sha256 } from '../../common/digest.ts'
import { unpackedFolder } from '../../common/unpacked-folder.ts'

/** The lock file of Debian's musl packages. */
export const muslLockPath = join(import.meta.dirname, 'musl.lock.json')

export const muslPackages = ['musl', 'musl-dev'] as const

/**
 * The path of a file for gcc's `-specs`, which makes it compile against musl: what Debian's musl-gcc uses, with musl
 * in Drydock's cache, so that there is one for each architecture on any host.
 */
export const muslSpecs = async (architecture: Architecture): Promise<string> => {
  const packages = await fetchPackages({
    lockPath: muslLockPath,
    architecture: architecture === 'x86_64' ? 'amd64' : 'arm64',
    names: muslPackages,
  })
  const debs = [...packages.values()]
  const identity = sha256(debs.map((deb) => deb.sha256).join(' ')).slice(0, 16)
  const folder = await unpackedFolder(
    cachePath('musl', `${architecture}-${identity}`),
    debs.map(({ path }) => path),
  )
  const machine = architecture === 'x86_64' ? 'x86_64' : 'aarch64'
  const library = join(folder, 'usr', 'lib', `${machine}-linux-musl`)
  const shipped = await readFile(join(library, 'musl-gcc.specs'), 'utf8')
  const specs = join(folder, 'drydock.specs')
  await writeFileAtomically(specs, shipped.replaceAll(/\/usr\/(?=(lib|include)\/)/g, `${folder}/usr/`))
  return specs
}
