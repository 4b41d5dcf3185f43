import { assert, property, string } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseStanzas } from './debian-archive.ts'

const stanzas = `Package: runc
Version: 1.1.15+ds1-2+b4
Depends: libc6 (>= 2.38), libseccomp2 (>= 2.5.0) | libseccomp1
SHA256: ${'a'.repeat(64)}
Description: runtime
 Version: 9 is not the version

Package: incomplete
Version: 1
`

describe('parseStanzas', () => {
  it('should read packages with what they depend on, and pass over what has no hash', () => {
    expect(parseStanzas(stanzas)).toEqual([
      { name: 'runc', version: '1.1.15+ds1-2+b4', sha256: 'a'.repeat(64), depends: ['libc6', 'libseccomp2'] },
    ])
  })

  it('should read any text without failing', () => {
    assert(property(string(), (text) => Array.isArray(parseStanzas(text))))
  })
})
