import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseDescriptor } from './descriptor.ts'

const valid = {
  description: 'UEFI firmware',
  'interface-types': ['uefi'],
  mapping: {
    device: 'flash',
    executable: { filename: '/code.fd', format: 'raw' },
    'nvram-template': { filename: '/vars.fd', format: 'raw' },
  },
  targets: [{ architecture: 'x86_64', machines: ['pc-q35-*'] }],
  features: ['acpi-s3', 'a-feature-of-the-future'],
  tags: [],
}

const parse = (value: unknown) => parseDescriptor(Buffer.from(JSON.stringify(value)))

describe('parseDescriptor', () => {
  it('should read what is known, and let what is not known be', () => {
    expect(parse({ ...valid, future: { a: 1 } })).toMatchObject({
      description: 'UEFI firmware',
      features: ['acpi-s3', 'a-feature-of-the-future'],
      mapping: { device: 'flash', mode: 'split', executable: { filename: '/code.fd' } },
    })
  })

  it('should read descriptors of other mappings', () => {
    expect(parse({ ...valid, mapping: { device: 'memory', filename: '/bios.bin' } })).toMatchObject({
      mapping: { device: 'memory' },
    })
  })

  it.each<[string, unknown, string]>([
    ['a list', [], 'expected a mapping, found an empty list'],
    ['no targets', { ...valid, targets: undefined }, 'expected the key `targets` (a list) at targets'],
    [
      'a relative path',
      { ...valid, mapping: { ...valid.mapping, executable: { filename: 'code.fd', format: 'raw' } } },
      'expected an absolute path at mapping.executable.filename, found "code.fd"',
    ],
    ['too many features', { ...valid, features: Array(65).fill('x') }, 'at most 64 items at features'],
    ['a long text', { ...valid, description: 'x'.repeat(4097) }, 'at most 4096 characters at description'],
  ])('should say what is wrong with %s', (_, value, words) => {
    expect(parse(value)).toEqual({ problem: expect.stringContaining(words) })
  })

  it('should refuse what is no JSON, and what is too much of it', () => {
    expect(parseDescriptor(Buffer.from('{'))).toEqual({ problem: expect.stringMatching(/^is no JSON: /) })
    expect(parseDescriptor(Buffer.alloc(65_537, 32))).toEqual({ problem: 'has more than 65536 bytes' })
  })

  it('should give one line about anything', () => {
    const bytes = fc.oneof(
      fc.uint8Array().map((array) => Buffer.from(array)),
      fc.json().map((text) => Buffer.from(text)),
      fc
        .record(
          Object.fromEntries(
            Object.entries(valid).map(([key, value]) => [key, fc.oneof(fc.constant(value), fc.jsonValue())]),
          ),
        )
        .map((value) => Buffer.from(JSON.stringify(value))),
    )
    fc.assert(
      fc.property(bytes, (buffer) => {
        const found = parseDescriptor(buffer)
        if ('problem' in found) expect(found.problem).toMatch(/^[^\n\u001b]{1,300}$/)
        else expect(found.targets.every(({ machines }) => machines.length <= 64)).toBe(true)
      }),
    )
  })
})
