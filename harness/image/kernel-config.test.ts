import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { DrydockError } from '../common/errors.ts'
import { configSizeLimit, parseKernelConfig } from './kernel-config.ts'

// The machine may be busy.
vi.setConfig({ testTimeout: 60_000 })

const options = (text: string) => Object.fromEntries(parseKernelConfig(text, 'f').options)

const debian = gunzipSync(
  readFileSync(join(import.meta.dirname, '../../fixtures/kernel-config/debian-6.12-cloud-amd64.config.gz')),
).toString()

describe('parseKernelConfig', () => {
  it('should read every kind of value', () => {
    expect(
      options(`#
# Automatically generated file; DO NOT EDIT.
# Linux/arm64 6.12.57 Kernel Configuration
#
CONFIG_A=y
CONFIG_B=m
# CONFIG_C is not set
CONFIG_D=-5
CONFIG_E=0xdeadBEEF
CONFIG_F=""
CONFIG_G="a \\"quoted\\" \\\\ ü"
# CONFIG_H="left out"

CONFIG_64BIT=y`),
    ).toEqual({
      ...{ A: 'y', B: 'm', C: 'n', D: '-5', E: '0xdeadBEEF', F: '', G: 'a "quoted" \\ ü' },
      '64BIT': 'y',
    })
  })

  it('should take the line ends of other systems', () => {
    expect(options('CONFIG_A=y\r\n# CONFIG_B is not set\r\n')).toEqual({ A: 'y', B: 'n' })
  })

  it.each([
    ['# Linux/x86 6.1.5 Kernel Configuration\nCONFIG_X86_64=y\n', 'x86_64', '6.1.5'],
    ['# Linux/x86_64 6.18.0-rc3 Kernel Configuration\n', 'x86_64', '6.18.0-rc3'],
    ['#\n# Linux/arm64 6.6.1 Kernel Configuration\n#\nCONFIG_ARM64=y\n', 'arm64', '6.6.1'],
    ['# Linux/x86 6.1.5 Kernel Configuration\nCONFIG_A=y\n', undefined, '6.1.5'],
    ['CONFIG_ARM64=y\n', 'arm64', undefined],
    ['CONFIG_A=y\n', undefined, undefined],
  ])('should tell architecture and version from %j', (text, architecture, release) => {
    expect(parseKernelConfig(text, 'f')).toMatchObject({ architecture, release })
  })

  it('should count a real configuration as its lines do', () => {
    const config = parseKernelConfig(debian, 'f')
    expect(config).toMatchObject({ architecture: 'x86_64', release: expect.stringMatching(/^6\.12\.\d+$/) })
    expect(config.options.size).toBe(debian.match(/^(?:CONFIG_|# CONFIG_\w+ is not set$)/gm)?.length)
    expect(config.options.get('LSM')).toContain('landlock,')
    expect(config.options.get('SLUB')).toBe('y')
  })

  it.each([
    ['', 'f: expected a kernel configuration, found an empty file'],
    [' \n\n', 'f: expected a kernel configuration, found an empty file'],
    [
      'CONFIG_A=y\nCONFIG_B=q\n',
      'f:2: expected CONFIG_NAME=VALUE, "# CONFIG_NAME is not set" or a comment, found "CONFIG_B=q"',
    ],
    ['CONFIG_A=\n', 'f:1: expected CONFIG_NAME=VALUE'],
    ['CONFIG_A="x\n', 'f:1: expected CONFIG_NAME=VALUE'],
    ['CONFIG_A="x\\"\n', 'f:1: expected CONFIG_NAME=VALUE'],
    ['CONFIG_A=y # on\n', 'f:1: expected CONFIG_NAME=VALUE'],
    ['CONFIG_A=y CONFIG_B=y\n', 'f:1: expected CONFIG_NAME=VALUE'],
    ['\n# CONFIG_A is not sett\n', 'f:2: expected CONFIG_NAME=VALUE'],
    ['config_a=y\n', 'f:1: expected CONFIG_NAME=VALUE'],
    [
      '# a\nCONFIG_A=y\n\n# CONFIG_A is not set\n',
      'f:4: expected each option once, found CONFIG_A again, after line 2',
    ],
    ['CONFIG_A=y\nCONFIG_B="\u0000"\n', 'f:2: expected text, found the character 0x00'],
    ['CONFIG_A=y\n#\u001b[31m\n', 'f:2: expected text, found the character 0x1b'],
    ['CONFIG_A=y\rCONFIG_B=y\n', 'f:1: expected text, found the character 0x0d'],
    ['CONFIG_A=y\u2028CONFIG_B=y\n', 'f:1: expected text, found the character 0x2028'],
    ['CONFIG_A="\ufffd"\n', 'f:1: expected text, found bytes that are not UTF-8'],
    [
      'CONFIG_X86_64=y\n# x\nCONFIG_ARM64=y\n',
      'f:3: expected the configuration of one architecture, found CONFIG_ARM64=y beside CONFIG_X86_64=y',
    ],
    [
      '# Linux/arm64 6.1 Kernel Configuration\nCONFIG_X86_64=y\n',
      'f:2: expected the configuration of one architecture, found CONFIG_X86_64=y below a header for arm64',
    ],
    ['CONFIG_A=y\nCONFIG_RISCV=y\n', 'f:2: expected a kernel for x86_64 or arm64, found CONFIG_RISCV=y'],
    ['CONFIG_X86_32=y\n', 'f:1: expected a kernel for x86_64 or arm64, found CONFIG_X86_32=y'],
    [`#${'x'.repeat(configSizeLimit)}`, 'f: expected a kernel configuration of at most 8388608 characters'],
  ])('should refuse %.40j with its line', (text, message) => {
    const failure = (() => {
      try {
        return parseKernelConfig(text, 'f')
      } catch (error) {
        return error
      }
    })()
    expect(failure).toMatchObject({ code: 'BAD_KERNEL_CONFIG', blame: 'usage' })
    expect(String(failure)).toContain(message)
    expect(String(failure)).not.toContain('\n')
  })

  const value = fc.oneof(
    fc.constantFrom('y', 'm', 'n'),
    fc.integer().map(String),
    fc.nat().map((number) => `0x${number.toString(16)}`),
    fc.string({ unit: fc.constantFrom(...'ab" \\ü,/=#') }),
  )
  const name = fc
    .stringMatching(/^[A-Z0-9_]{1,12}$/)
    .filter((text) => !/^(?:X86|ARM|RISCV|PPC|S390|MIPS|LOONG|SPARC|PARISC|UML)/.test(text))
  const isPlain = (text: string): boolean => /^(?:[ym]|-?\d+|0x[\da-f]+)$/.test(text)
  const line = (option: string, text: string): string =>
    text === 'n'
      ? `# CONFIG_${option} is not set`
      : `CONFIG_${option}=${isPlain(text) ? text : `"${text.replaceAll(/["\\]/g, '\\$&')}"`}`

  it('should read back whatever was written', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.tuple(name, value), { selector: ([option]) => option, minLength: 1 }),
        (entries) => {
          const text = entries.map(([option, written]) => `${line(option, written)}\n`).join('')
          expect([...parseKernelConfig(text, 'f').options]).toEqual(entries)
        },
      ),
    )
  })

  it('should answer any text with a configuration or one error, in time that grows with its length', () => {
    const anyText = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 2000 }),
      fc
        .array(
          fc.constantFrom(
            'CONFIG_',
            '# CONFIG_',
            'A',
            '=',
            'y',
            '"',
            '\\',
            ' is not set',
            '\n',
            '0x',
            ' ',
            '\r',
          ),
          {
            maxLength: 200,
          },
        )
        .map((parts) => parts.join('')),
      fc
        .tuple(fc.nat(debian.length), fc.string({ maxLength: 5 }))
        .map(([at, put]) => debian.slice(0, at) + put + debian.slice(at)),
    )
    fc.assert(
      fc.property(anyText, (text) => {
        try {
          parseKernelConfig(text, 'f')
        } catch (error) {
          if (!(error instanceof DrydockError && error.blame === 'usage')) throw error
        }
      }),
      { numRuns: 300 },
    )
    const hostile = `CONFIG_A="${'\\"'.repeat(2_000_000)}\n`
    expect(() => parseKernelConfig(hostile, 'f')).toThrow('f:1: expected CONFIG_NAME=VALUE')
  })
})
