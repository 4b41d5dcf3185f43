import { stat } from 'node:fs/promises'
import type { Image } from '../image/image.ts'
import type { GuestSpec } from '../target/target.ts'

type Sizes = Readonly<Record<string, string>>

/** Vantage at rest: bytes of each file that the image is of, and names and bytes of each of its trees; modules apart. */
export const imageSizes = async (
  image: Image,
  spec: GuestSpec,
): Promise<readonly (readonly [part: string, Sizes])[]> => {
  const files: readonly (readonly [string, string | undefined])[] = [
    ['kernel file', spec.kernel],
    ['initrd file', spec.initrd],
    ...spec.disks.map(({ path }, index) => [`disk ${index} file`, path] as const),
  ]
  const sizes: (readonly [string, Sizes])[] = []
  for (const [part, path] of files)
    if (path !== undefined) sizes.push([part, { bytes: String((await stat(path)).size) }])
  for (const { name, tree } of image.trees) {
    let [names, bytes, modules] = [0, 0, 0]
    for (const { type, size, path } of tree.entries()) {
      names += 1
      if (type === 'file' && /\.ko(\.\w+)?$/.test(path)) modules += size
      else bytes += size
    }
    sizes.push([name, { names: String(names), bytes: String(bytes), 'bytes of modules': String(modules) }])
  }
  return sizes
}
