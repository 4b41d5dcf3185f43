import { join } from 'node:path'
import { withDir } from 'tmp-promise'
import { describe, expect, it } from 'vitest'
import { type Architecture, architectures } from '../../harness/common/architecture.ts'
import { sha256OfFile } from '../../harness/common/digest.ts'
import { readDescription } from './description.ts'
import { fillArchitecture } from './reference.ts'
import { fetchSources, packageFiles } from './sources.ts'

const files = ['kernel', 'initrd.img', 'cmdline', 'config']

/** Builds past the cache of images, from cached packages; gives the hashes. */
const build = async (architecture: Architecture): Promise<string[]> =>
  await withDir(
    async ({ path }) => {
      const description = await readDescription()
      const packages = await packageFiles(description, await fetchSources(description, architecture, {}))
      await fillArchitecture(path, description, architecture, packages)
      return await Promise.all(files.map((file) => sha256OfFile(join(path, file))))
    },
    { unsafeCleanup: true },
  )

describe('the reference image', () => {
  it('should have the same bytes whenever it is built, within a minute for both architectures', async () => {
    const begun = performance.now()
    const first = await Promise.all(architectures.map(build))
    expect(performance.now() - begun).toBeLessThan(60_000)
    expect(await Promise.all(architectures.map(build))).toEqual(first)
  })
})
