import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { referenceProblem } from './reference.ts'

const digest = `sha256:${'0123456789abcdef'.repeat(4)}`
const hash = '8eea386739975a43af558eec757a7dcb3a3d2e7b'

describe('referenceProblem', () => {
  it.each([
    `alpine@${digest}`,
    `alpine:3.20@${digest}`,
    `localhost/a__b/c-d.e@${digest}`,
    `registry.example:5000/a/b:v1@${digest}`,
    `[2001:db8::1]:443/a@${digest}`,
    `a@sha512:${'f'.repeat(128)}`,
  ])('should take %s', (reference) => {
    expect(referenceProblem(reference)).toBeUndefined()
  })

  it.each([
    ['alpine', /without a tag/],
    ['registry.example:5000/a', /without a tag/],
    ['alpine:3.20', /a tag, which can be moved/],
    ['alpine:latest', /a tag, which can be moved/],
    [`linuxkit/init:${hash}`, /LinuxKit's hash of the source/],
    [`linuxkit/kernel:6.6.71-${hash}-arm64`, /LinuxKit's hash of the source/],
    [`linuxkit/init:${hash.slice(1)}`, /a tag, which can be moved/],
    ['alpine@sha256:abc', /64 digits/],
    [`alpine@${digest.toUpperCase()}`, /64 digits/],
    [`alpine@${digest}0`, /64 digits/],
    [`alpine@${digest}@${digest}`, /64 digits/],
    [`alpine@md5:${'0'.repeat(32)}`, /64 digits/],
    [`@${digest}`, /no image reference/],
    [`Alpine@${digest}`, /no image reference/],
    [`a//b@${digest}`, /no image reference/],
    [`alpine:@${digest}`, /no image reference/],
    [`alpine @${digest}`, /no image reference/],
    [`${'a'.repeat(2000)}@${digest}`, /2072 characters/],
    ['', /nothing/],
  ])('should refuse %s', (reference, found) => {
    expect(referenceProblem(reference)?.found).toMatch(found)
  })

  it('should take a hash of the source only where it is told to', () => {
    const options = { acceptSourceHashes: true }
    expect(referenceProblem(`linuxkit/init:${hash}`, options)).toBeUndefined()
    expect(referenceProblem('linuxkit/init:v1', options)).toBeDefined()
  })

  it('should never take anything that does not end in a digest', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        fc.pre(!/@sha(256:[0-9a-f]{64}|512:[0-9a-f]{128})$/.test(text))
        expect(referenceProblem(text)).toBeDefined()
      }),
    )
  })
})
