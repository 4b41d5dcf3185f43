import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checksums } from './checksums.ts'
import { cksum } from './cksum.ts'
import { type Frame, frameReader } from './frame.ts'
import { StreamAssembly } from './stream-assembly.ts'

const read = frameReader('0badcafe')
const [checksum] = checksums
const newAssembly = () => new StreamAssembly((line) => Buffer.from(line, 'base64'), checksum)

/** The lines that a guest sends for one block. */
const blockLines = (bytes: Buffer, block: number): string[] => {
  const encoded = bytes.toString('base64').match(/.{1,76}/g) ?? []
  const prefix = `@@0badcafe;1;L;o;${block}`
  return [
    ...encoded.map((payload, index) => `${prefix};${index + 1};${payload.length};${payload}~`),
    `${prefix};end;${encoded.length}~`,
    `@@0badcafe;1;Y;o;${block};${cksum(bytes)} ${bytes.length}~`,
  ]
}
const framesOf = (text: string): readonly Frame[] => text.split('\n').flatMap((line) => read(line).frames)

describe('the assembly of a stream', () => {
  it('should be whole or say what is missing, whatever tears its lines, and be right once it is whole', () => {
    const tear = fc.record({
      at: fc.nat(5000),
      text: fc.constantFrom('\n[    1.5] x\n', '[', 'QUJD', '~', ';', ''),
    })
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 3000 }),
        fc.array(fc.array(tear, { maxLength: 5 })),
        (data, rounds) => {
          const bytes = Buffer.from(data)
          const sent = blockLines(bytes, 0).join('\n')
          const assembly = newAssembly()
          for (const tears of [...rounds, []]) {
            const torn = tears.reduce(
              (text, { at, text: added }) => text.slice(0, at) + added + text.slice(at),
              sent,
            )
            for (const frame of framesOf(torn)) {
              assembly.take(frame)
            }
            if (assembly.missing(1).length === 0) {
              expect(assembly.bytes().equals(bytes)).toBe(true)
              return
            }
          }
          // A forgotten block may need one more clean round.
          for (const frame of framesOf(sent)) {
            assembly.take(frame)
          }
          expect(assembly.missing(1)).toEqual([])
          expect(assembly.bytes().equals(bytes)).toBe(true)
        },
      ),
    )
  })

  it('should put blocks together in their order', () => {
    const assembly = newAssembly()
    for (const frame of framesOf(
      [...blockLines(Buffer.from('b'), 1), ...blockLines(Buffer.from('a'), 0)].join('\n'),
    )) {
      assembly.take(frame)
    }
    expect(assembly.missing(3)).toEqual([2])
    expect(assembly.bytes().toString()).toBe('ab')
  })
})

describe('the frame reader', () => {
  it('should give back what is not its own', () => {
    expect(read('login: @@0badcafe;1;Z~')).toEqual({
      frames: [{ id: '1', kind: 'Z', fields: [] }],
      rest: 'login: ',
    })
    expect(read('@@0badcafe;1;L;o;0;5;76;QUJD[    1.500000] Kernel panic').rest).toBe(
      '[    1.500000] Kernel panic',
    )
    expect(read('@@00000000;1;Z~')).toEqual({ frames: [], rest: '@@00000000;1;Z~' })
  })

  it('should take any line', () => {
    fc.assert(
      fc.property(fc.string(), (line) => {
        expect(read(`@@0badcafe;${line}`).rest).not.toContain('@@0badcafe;;')
      }),
    )
  })
})
