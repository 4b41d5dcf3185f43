import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { contradictions, differingOptions, type RunningKernel } from './compare-configs.ts'

const options = (text: Record<string, string>) => new Map(Object.entries(text))

const running: RunningKernel = {
  release: '6.12.117+deb13-cloud-amd64',
  version:
    'Linux version 6.12.117+deb13-cloud-amd64 (x@y) (gcc (Debian 14.2.0-19) 14.2.0, GNU ld 2.44) #1 SMP',
  highestCpu: '511',
  traces: new Map([
    ['MODULES', true],
    ['IKCONFIG_PROC', false],
  ]),
}

const config = {
  release: '6.12.117',
  options: options({
    CC_VERSION_TEXT: 'gcc (Debian 14.2.0-19) 14.2.0',
    NR_CPUS: '512',
    MODULES: 'y',
    IKCONFIG_PROC: 'n',
  }),
}

describe('two configurations', () => {
  it('should differ only in what is another value', () => {
    const one = options({ A: 'y', B: 'n', C: '5', D: 'm' })
    expect(differingOptions(one, options({ A: 'y', C: '5', D: 'm', E: 'n' }))).toEqual([])
    expect(differingOptions(one, options({ A: 'n', B: 'y', C: '5', D: 'y' }))).toEqual([
      { what: 'CONFIG_A', here: 'y', there: 'not set' },
      { what: 'CONFIG_B', here: 'not set', there: 'y' },
      { what: 'CONFIG_D', here: 'm', there: 'y' },
    ])
  })

  it('should be the same in any order', () => {
    const names = fc.dictionary(fc.string({ minLength: 1 }), fc.constantFrom('y', 'm', 'n', '7'))
    fc.assert(
      fc.property(names, (text) => {
        const reversed = new Map(Object.entries(text).reverse())
        expect(differingOptions(options(text), reversed)).toEqual([])
      }),
    )
  })
})

describe('a configuration and the kernel that runs', () => {
  it('should agree in all that the kernel shows', () => {
    expect(contradictions(config, running)).toEqual({ compared: 5, differences: [] })
  })

  it.each([
    ['version', { ...config, release: '6.12.99' }],
    ['CONFIG_CC_VERSION_TEXT', { ...config, options: options({ CC_VERSION_TEXT: 'clang 19' }) }],
    ['CONFIG_NR_CPUS', { ...config, options: options({ NR_CPUS: '8' }) }],
    ['CONFIG_MODULES', { ...config, options: options({ MODULES: 'n' }) }],
    ['CONFIG_IKCONFIG_PROC', { ...config, options: options({ IKCONFIG_PROC: 'y' }) }],
  ])('should contradict each other in %s', (what, other) => {
    expect(contradictions(other, running).differences.map((difference) => difference.what)).toEqual([what])
  })

  it('should agree in the series where a distribution counts its own interfaces', () => {
    const debian = { ...running, release: '6.1.0-50-cloud-amd64', version: '' }
    const of = (release: string) => contradictions({ release, options: options({}) }, debian).differences
    expect(of('6.1.176')).toEqual([])
    expect(of('6.2.3')).toEqual([{ what: 'version', here: '6.2', there: '6.1' }])
  })

  it('should not be compared in what the configuration does not name', () => {
    expect(contradictions({ options: options({}), release: undefined }, running).compared).toBe(0)
    expect(contradictions({ ...config, release: '6.12.117-rc1' }, running).differences).toEqual([])
  })
})
