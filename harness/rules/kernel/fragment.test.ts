import { describe, expect, it } from 'vitest'
import { architectures } from '../../common/architecture.ts'
import { fragmentFor } from './fragment.ts'
import { judgeKernel } from './judge-kernel.ts'
import type { KernelFacts } from './kernel-facts.ts'
import { maxima } from './testing/constraints.ts'

const judge = (architecture: KernelFacts['architecture'], config: ReadonlyMap<string, string>) =>
  judgeKernel({ architecture, version: undefined, config, cmdline: undefined, sysctls: undefined })

/** A configuration with the fragment's lines over it, as merge_config.sh lays them. */
const merged = (config: ReadonlyMap<string, string>, fragment: string): ReadonlyMap<string, string> => {
  const result = new Map(config)
  for (const line of fragment.split('\n')) {
    const [, set, value] = /^CONFIG_(\w+)=(.*)$/.exec(line) ?? []
    const [, unset] = /^# CONFIG_(\w+) is not set$/.exec(line) ?? []
    if (set !== undefined && value !== undefined) result.set(set, value.replaceAll('"', ''))
    if (unset !== undefined) result.set(unset, 'n')
  }
  return result
}

/** Everything that should be off is on. */
const worst = (architecture: KernelFacts['architecture']): ReadonlyMap<string, string> =>
  new Map([
    ...maxima,
    ['LSM', 'capability'],
    ...judge(architecture, maxima)
      .filter(({ type, desired }) => type === 'kconfig' && desired === 'not set')
      .map(({ name }): [string, string] => [name, 'y']),
  ])

describe.each(architectures)('a Kconfig fragment for %s', (architecture) => {
  it('should mend all failures', () => {
    let config = worst(architecture)
    // What one fragment turns on can bring further rules into scope.
    for (let round = 0; round < 3; round += 1)
      config = merged(config, fragmentFor(judge(architecture, config)))
    const left = judge(architecture, config).filter(
      ({ type, verdict }) => type === 'kconfig' && verdict === 'fail',
    )
    expect(left).toEqual([])
  })

  it('should be sorted, the same each time, and name the rules', () => {
    const results = judge(architecture, worst(architecture))
    const fragment = fragmentFor(results)
    expect(fragmentFor(results.toReversed())).toBe(fragment)
    const options = fragment
      .split('\n')
      .flatMap((line) => /^(?:# )?CONFIG_(\w+)(?:=| is)/.exec(line)?.[1] ?? [])
    expect(options).toEqual(options.toSorted())
    expect(new Set(options).size).toBe(options.length)
    expect(fragment).toContain('# kconfig.DEVMEM\n# CONFIG_DEVMEM is not set\n')
    expect(fragment).toContain('# kconfig.FORTIFY_SOURCE\nCONFIG_FORTIFY_SOURCE=y\n')
  })

  it('should extend a list instead of replacing it', () => {
    expect(fragmentFor(judge(architecture, new Map([['LSM', 'capability']])))).toMatch(
      /CONFIG_LSM=".*capability"/,
    )
  })
})

describe('a Kconfig fragment', () => {
  it('should show a contradiction instead of choosing in silence', () => {
    const [result] = judge('arm64', new Map([['DEVMEM', 'y']])).filter(({ id }) => id === 'kconfig.DEVMEM')
    if (result === undefined) throw new Error('no rule for DEVMEM')
    const opposite = { ...result, id: 'kconfig.opposite', mend: () => ['CONFIG_DEVMEM=y'] }
    expect(fragmentFor([opposite, result])).toBe(
      [
        '# kconfig.DEVMEM',
        '# CONFIG_DEVMEM is not set',
        '# contradicts the line above: kconfig.opposite asks for CONFIG_DEVMEM=y',
        '',
      ].join('\n'),
    )
  })

  it('should be empty where nothing failed', () => {
    expect(fragmentFor([])).toBe('')
  })
})
