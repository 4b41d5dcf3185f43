import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { parseIdt } from './x86-registers.ts'

describe('the interrupt descriptor table', () => {
  it("should be found in QEMU's registers", async () => {
    const text = await readFile(
      new URL('../../../fixtures/qmp/registers-x86_64.txt', import.meta.url),
      'utf8',
    )
    expect(parseIdt(text)).toEqual({ base: 0xfffffe0000000000n, limit: 0xfff })
    expect(parseIdt('GDT=     00000000 0000ffff\nIDT=     00000000 0000ffff\n')).toEqual({
      base: 0n,
      limit: 0xffff,
    })
    expect(() => parseIdt('PC=0')).toThrow("expected a line 'IDT= BASE LIMIT'")
  })
})
