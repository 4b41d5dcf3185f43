import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { withDir } from 'tmp-promise'
import { describe, expect, it } from 'vitest'
import { type Architecture, architectures } from '../../common/architecture.ts'
import { descriptorPath, openGuestFile } from '../process/guest-file.ts'
import { GuestFiles } from '../process/guest-files.ts'
import { withBootFileHeads } from './boot-file-heads.ts'

const magic: Readonly<Record<Architecture, readonly [offset: number, text: string]>> = {
  x86_64: [0x202, 'HdrS'],
  arm64: [0x38, 'ARM\x64'],
}

/** What a fork is given of a kernel and an initrd with these bytes, and the length of each. */
const given = async (architecture: Architecture, kernel: Buffer, initrd: Buffer) => {
  const lengths: number[] = []
  await withDir(
    async ({ path }) => {
      await using held = new AsyncDisposableStack()
      const file = async (name: string, bytes: Buffer) => {
        await writeFile(join(path, name), bytes)
        return { path: name, ours: false, handle: held.use(await openGuestFile(join(path, name))) }
      }
      const files = new GuestFiles({
        ...{ kernel: await file('kernel', kernel), initrd: await file('initrd', initrd), disks: [] },
      })
      const reduced = await withBootFileHeads(files, architecture, {
        ...{ directory: path, user: undefined },
        hold: (handle) => held.use(handle),
      })
      for (const [index, one] of reduced.files.entries()) {
        const bytes = await readFile(descriptorPath(one))
        expect(bytes.equals((index === 0 ? kernel : initrd).subarray(0, bytes.length))).toBe(true)
        lengths.push((await stat(descriptorPath(one))).size)
      }
    },
    { unsafeCleanup: true },
  )
  return lengths
}

describe.each(architectures)('what a fork is given to boot on %s', (architecture) => {
  it('should be the beginnings of a kernel of Linux and its initrd', async () => {
    const kernel = Buffer.alloc(1 << 20, 1)
    const [offset, text] = magic[architecture]
    kernel.write(text, offset, 'latin1')
    expect(await given(architecture, kernel, Buffer.alloc(1 << 20, 2))).toEqual([65_536, 65_536])
  })

  it('should be a kernel of another kind as a whole, and no more than there is', async () => {
    expect(await given(architecture, Buffer.alloc(1 << 20, 1), Buffer.alloc(9, 2))).toEqual([1 << 20, 9])
    expect(await given(architecture, Buffer.alloc(3), Buffer.alloc(1))).toEqual([3, 1])
  })
})
