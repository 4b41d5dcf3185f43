import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readTargetDescription } from './target-description.ts'

const read = (files: Record<string, string>) => async (annex: string) => files[annex] ?? ''

describe('a gdb target description', () => {
  it('should number registers on from the last one, across includes, and skip comments', async () => {
    const registers = await readTargetDescription(
      read({
        'target.xml':
          '<?xml version="1.0"?><!DOCTYPE target SYSTEM "gdb-target.dtd"><target><architecture>i386</architecture>' +
          '<xi:include href="core.xml"/><xi:include href="system.xml"/></target>',
        'core.xml':
          '<feature name="core"><reg name="rax" bitsize="64" regnum="0"/><!--reg name="cs_base" bitsize="64"/>\n' +
          '<reg name="ss_base" bitsize="64"/--><reg name="rip" bitsize="64"/><reg name="eflags" bitsize="32"/></feature>',
        'system.xml':
          '<feature><reg name="VBAR" bitsize="64" regnum="112"/><reg name="X" bitsize="8"/>' +
          '<reg name="za" bitsize="524288"/></feature>',
      }),
    )
    expect([...registers.values()]).toEqual([
      { name: 'rax', number: 0, bits: 64 },
      { name: 'rip', number: 1, bits: 64 },
      { name: 'eflags', number: 2, bits: 32 },
      { name: 'VBAR', number: 112, bits: 64 },
      { name: 'X', number: 113, bits: 8 },
      { name: 'za', number: 114, bits: 524_288 },
    ])
  })

  it.each([
    ['includes itself', '<xi:include href="target.xml"/>', 'includes'],
    ['has a register without a size', '<reg name="x"/>', "a register's name, bitsize and regnum"],
    ['has an absurd size', '<reg name="x" bitsize="999999"/>', 'bitsize'],
    ['has too many registers', '<reg name="x" bitsize="8"/>'.repeat(5000), 'at most'],
  ])('should refuse one that %s', async (_, body, message) => {
    await expect(readTargetDescription(read({ 'target.xml': `<target>${body}</target>` }))).rejects.toThrow(
      message,
    )
  })

  it('should only throw its own error for arbitrary text', async () => {
    const piece = fc.oneof(
      fc.string(),
      fc.constantFrom('<reg ', 'name="a" ', 'bitsize="64" ', 'regnum="1" ', '/>', '<!--', '-->', '<![CDATA['),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(piece), async (pieces) => {
        try {
          await readTargetDescription(read({ 'target.xml': pieces.join('') }))
        } catch (error) {
          expect(error).toMatchObject({ code: 'GDB_PROTOCOL' })
        }
      }),
    )
  })
})
