import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compareKernelVersions, isAtLeast, kernelVersionText, parseKernelVersion } from './kernel-version.ts'

describe('a kernel version', () => {
  it.each([
    ['6.12.117+deb13-cloud-amd64', '6.12.117'],
    ['7.2', '7.2'],
    ['6.18.0-rc3', '6.18.0'],
    ['6.18-rc3', '6.18'],
    [' 6.1.0 \n', '6.1.0'],
  ])('should be read from %j as %s', (text, expected) => {
    const version = parseKernelVersion(text)
    expect(version === undefined ? undefined : kernelVersionText(version)).toBe(expected)
  })

  it.each(['', 'Linux', '6', '6.', 'v6.1', '6.1.2.3', '99999.1'])('should not be read from %j', (text) => {
    expect(parseKernelVersion(text)).toBeUndefined()
  })

  it('should be compared by number, not by text', () => {
    expect(isAtLeast({ major: 6, minor: 10 }, '6.9')).toBe(true)
    expect(isAtLeast({ major: 6, minor: 6, patch: 7 }, '6.6.8')).toBe(false)
    expect(isAtLeast({ major: 6, minor: 6 }, '6.6')).toBe(true)
    expect(isAtLeast({ major: 7, minor: 0 }, '6.19.99')).toBe(true)
  })

  it('should survive being written and read', () => {
    const number = fc.nat(9999)
    fc.assert(
      fc.property(fc.record({ major: number, minor: number, patch: number }), (version) => {
        expect(parseKernelVersion(kernelVersionText(version))).toEqual(version)
        expect(compareKernelVersions(version, version)).toBe(0)
      }),
    )
  })
})
