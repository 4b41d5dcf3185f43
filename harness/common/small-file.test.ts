import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { dir } from 'tmp-promise'
import { describe, expect, it } from 'vitest'
import { readSmallFile } from './small-file.ts'

describe('readSmallFile', () => {
  it('should read a file up to its limit, and refuse what is larger or no file', async () => {
    const { path, cleanup } = await dir({ unsafeCleanup: true })
    try {
      const at = (name: string): string => join(path, name)
      await writeFile(at('small'), 'four')
      await execa('mkfifo', [at('fifo')])
      const read = async (name: string, most = 4) => await readSmallFile(at(name), 'text', most)
      expect((await read('small')).toString()).toBe('four')
      await expect(read('small', 3)).rejects.toThrow(
        'small: expected text, found 4 bytes, of which at most 3',
      )
      await expect(read('fifo')).rejects.toThrow('found something that is not a regular file')
      await expect(read('.')).rejects.toThrow('found a directory')
      await expect(read('small/x')).rejects.toThrow('found nothing at that path')
    } finally {
      await cleanup()
    }
  })

  it('should not trust a size of 0', async () => {
    expect((await readSmallFile('/proc/version', 'text', 1000)).toString()).toMatch(/^Linux version/)
    await expect(readSmallFile('/proc/version', 'text', 3)).rejects.toThrow('more than 3 bytes')
  })
})
