import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { dir } from 'tmp-promise'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { architectures } from '../../common/architecture.ts'
import { elfInventory } from '../../facts/elf-inventory.ts'
import { type ElfFile, readElf, readElfFrom } from '../../image/elf.ts'
import { withDiskFile } from '../../image/elf-file.ts'
import { openImage } from '../../image/image.ts'
import { factsOfElf, factsOfReadelf } from '../../image/testing/readelf.ts'
import { loadTarget } from '../../target/target.ts'
import '../../vitest/run-context.ts'

let folder: string
let cleanup: () => Promise<void>

beforeAll(async () => {
  const made = await dir({ unsafeCleanup: true })
  folder = made.path
  cleanup = made.cleanup
})
afterAll(() => cleanup())

interface Read {
  readonly subject: string
  readonly path: string
  readonly elf: ElfFile
}

const atOnce = 50

/** Compares what both say, with the file's name in either, so that a contradiction shows where it is. */
const expectAgreement = async (files: readonly Read[]): Promise<void> => {
  for (let start = 0; start < files.length; start += atOnce) {
    const part = files.slice(start, start + atOnce)
    const ours = part.map(({ elf }) => factsOfElf(elf))
    const theirs = await factsOfReadelf(
      part.map(({ path }) => path),
      ours,
    )
    const named = (facts: readonly object[]) =>
      part.map(({ subject }, index) => ({ subject, ...facts[index] }))
    expect(named(ours)).toEqual(named(theirs))
  }
}

const isElf = (path: string): boolean => {
  try {
    return withDiskFile(path, ({ bytes }) => bytes?.read(0, 4).toString('latin1') === '\x7fELF')
  } catch {
    return false
  }
}

describe('agreement with readelf', () => {
  it.runIf(existsSync('/usr/bin'))('should contradict it on no ELF file of /usr/bin', async () => {
    const paths = readdirSync('/usr/bin', { withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ name }) => join('/usr/bin', name))
      .filter(isElf)
    expect(paths.length).toBeGreaterThan(20)
    const files = paths.map((path): Read => {
      const elf = withDiskFile(path, ({ bytes }) => bytes && readElfFrom(bytes))
      if (elf === undefined) throw new Error(`${path} was not taken for ELF`)
      return { subject: path, path, elf }
    })
    await expectAgreement(files)
  })

  it.each(architectures)(
    'should contradict it on no ELF file of the reference image for %s',
    async (architecture) => {
      const spec = (await loadTarget(inject('reference').release)).guests[architecture]
      if (spec === undefined) throw new Error(`the reference image has nothing for ${architecture}`)
      const { programs, damaged } = await elfInventory(await openImage(spec))
      expect(damaged).toEqual([])
      expect(programs.length).toBeGreaterThan(20)
      const files: Read[] = []
      for (const [index, { subject, entry, elf }] of programs.entries()) {
        const path = join(folder, `${architecture}-${index}`)
        await writeFile(path, await entry.read())
        files.push({ subject, path, elf })
      }
      await expectAgreement(files)
    },
  )

  it('should read the same from a file on disk and from memory', () => {
    for (const path of [process.execPath, '/bin/sh'].filter((candidate) => existsSync(candidate))) {
      expect(withDiskFile(path, ({ bytes }) => bytes && readElfFrom(bytes))).toEqual(
        readElf(readFileSync(path)),
      )
    }
  })
})
