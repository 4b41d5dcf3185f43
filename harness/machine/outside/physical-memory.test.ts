import { writeFile } from 'node:fs/promises'
import { withFile } from 'tmp-promise'
import { describe, expect, it } from 'vitest'
import { MemoryFile } from './physical-memory.ts'

describe('guest memory in a file', () => {
  it('should be read by physical address, and only within one stretch of RAM', async () => {
    await withFile(async ({ path }) => {
      await writeFile(path, Buffer.from('0123456789abcdef'))
      using memory = new MemoryFile(path, [
        { address: 0, size: 8, fileOffset: 0 },
        { address: 0x1000, size: 16, fileOffset: 8 },
      ])
      expect(memory.read(2, 3)?.toString()).toBe('234')
      expect(memory.read(0x1002, 3)?.toString()).toBe('abc')
      expect(memory.read(6, 4)).toBeUndefined()
      expect(memory.read(0x800, 1)).toBeUndefined()
      expect(memory.read(0x1006, 4)).toBeUndefined() // the file is shorter than it should be
    })
  })

  it('should say where the file is gone', () => {
    expect(() => new MemoryFile('/nonexistent/memory', [])).toThrow(
      "the guest's memory in /nonexistent/memory",
    )
  })
})
