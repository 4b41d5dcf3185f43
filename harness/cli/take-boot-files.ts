import { writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Architecture } from '../common/architecture.ts'
import { cachePath } from '../common/cache.ts'
import { cachedFolder } from '../common/cache-entry.ts'
import { sha256OfFile } from '../common/digest.ts'
import { findBootFiles } from '../image/boot/boot-files.ts'
import { readWhole } from '../image/byte-source.ts'
import type { Part } from '../image/part.ts'
import type { Firmware } from '../target/target.ts'

interface TakenFiles {
  readonly kernel: string
  readonly initrd: string | undefined
  readonly cmdline: string | undefined
}

/** Microcode that the kernel is to find before its initrd, where LinuxKit puts it. */
const microcodeName = 'ucode.cpio'

/**
 * Takes kernel and initrd out of an archive, to where QEMU can load them: files of our own names in the cache, once for
 * the same archive. The command line lies beside the kernel.
 * @throws `NO_KERNEL`, `SEVERAL_KERNELS` (usage)
 */
export const takeBootFiles = async (
  archive: Part,
  path: string,
  wanted: { readonly architecture: Architecture; readonly firmware: Firmware },
): Promise<TakenFiles> => {
  const { kernel, initrd } = await findBootFiles([archive], { name: path, ...wanted })
  const inArchive = kernel.name.slice(archive.name.length + 1)
  const beside = async (name: string): Promise<Buffer | undefined> =>
    await archive.tree?.resolve(join(dirname(inArchive), name))?.read()
  const key = `${wanted.architecture}-${(await sha256OfFile(path)).slice(0, 32)}`
  const folder = await cachedFolder(cachePath('taken', key), async (draft) => {
    for (const [name, part, before] of [
      ['kernel', kernel, undefined],
      ['initrd.img', initrd, await beside(microcodeName)],
    ] as const) {
      if (part?.content === undefined) continue
      await writeFile(join(draft, name), [
        ...(before === undefined ? [] : [before]),
        await readWhole(part.content),
      ])
    }
  })
  const cmdline = await beside('cmdline')
  return {
    kernel: join(folder, 'kernel'),
    initrd: initrd === undefined ? undefined : join(folder, 'initrd.img'),
    cmdline: cmdline?.toString('latin1'),
  }
}
