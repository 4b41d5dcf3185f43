import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { architectures } from '../../common/architecture.ts'
import { absent, equals, listing, noneOf, off, on } from './expectation.ts'
import { type JudgeKernelOptions, judgeKernel } from './judge-kernel.ts'
import type { KernelFacts } from './kernel-facts.ts'
import { isBuilt, isOn, type KernelRule, kconfig, parameter, type RuleRow, ruleTable } from './kernel-rule.ts'
import { kernelRules } from './kernel-rules.ts'

const shared = { expected: on, sources: ['KSPP'], severity: 'high' } as const
const rule = (type: KernelRule['type'], name: string, row: Partial<RuleRow> = {}): KernelRule[] => [
  ...ruleTable(type, shared, { [name]: { why: 'For a test.', ...row } }),
]

interface Given {
  readonly config?: Readonly<Record<string, string>>
  readonly cmdline?: string
  readonly sysctls?: Readonly<Record<string, string>>
  readonly version?: KernelFacts['version']
}

const judged = (rules: readonly KernelRule[], given: Given, options: JudgeKernelOptions = {}) => {
  const { config, cmdline, sysctls, version } = given
  const [result] = judgeKernel(
    {
      architecture: 'x86_64',
      version,
      config: config === undefined ? undefined : new Map(Object.entries(config)),
      cmdline,
      sysctls: sysctls === undefined ? undefined : new Map(Object.entries(sysctls)),
    },
    { rules, ...options },
  )
  if (result === undefined) throw new Error('no rule was judged')
  return result
}

describe('a rule for an option that should be on', () => {
  const rules = rule('kconfig', 'NEW', { since: '6.6', renamedFrom: ['OLD'] })

  it.each([
    [{ NEW: 'y' }, 'pass', 'NEW'],
    [{ OLD: 'y' }, 'pass', 'OLD'],
    [{ NEW: 'm' }, 'fail', 'NEW'],
    [{ NEW: 'n', OLD: 'y' }, 'fail', 'NEW'],
    [{ NEW: 'y', OLD: 'n' }, 'pass', 'NEW'],
    [{ OTHER: 'y' }, 'fail', 'NEW'],
  ])('should with %j be %s by the name %s', (config, verdict, name) => {
    expect(judged(rules, { config })).toMatchObject({ verdict, name })
  })

  it('should be not applicable only where the version shows that the kernel cannot have it', () => {
    const config = { OTHER: 'y' }
    expect(judged(rules, { config, version: { major: 6, minor: 5, patch: 99 } })).toMatchObject({
      verdict: 'not-applicable',
      reason: 'Linux 6.5.99 does not have it; it came with 6.6',
    })
    expect(judged(rules, { config, version: { major: 6, minor: 6 } }).verdict).toBe('fail')
    expect(judged(rules, { config, version: { major: 99, minor: 0 } }).verdict).toBe('fail')
  })

  it('should judge an option that an older kernel took over', () => {
    expect(judged(rules, { config: { NEW: 'n' }, version: { major: 6, minor: 1 } }).verdict).toBe('fail')
    expect(judged(rules, { config: { NEW: 'y' }, version: { major: 6, minor: 1 } }).verdict).toBe('pass')
  })

  it('should be not applicable once the option is gone, unless it is still there', () => {
    const gone = rule('kconfig', 'X', { removedIn: '6.6.8', removedBecause: 'always so' })
    const at = (patch: number) => ({ major: 6, minor: 6, patch })
    expect(judged(gone, { config: {}, version: at(7) }).verdict).toBe('fail')
    expect(judged(gone, { config: {}, version: at(8) })).toMatchObject({
      verdict: 'not-applicable',
      reason: 'Linux 6.6.8 no longer has it; since 6.6.8: always so',
    })
    expect(judged(gone, { config: { X: 'n' }, version: at(8) }).verdict).toBe('fail')
  })
})

describe('a rule for an option that should be off', () => {
  it.each([
    [{ X: 'n' }, 'pass'],
    [{}, 'absent'],
    [{ X: 'm' }, 'fail'],
    [{ X: 'y' }, 'fail'],
  ] as const)('should with %j be %s', (config: Readonly<Record<string, string>>, verdict) => {
    expect(judged(rule('kconfig', 'X', { expected: off }), { config }).verdict).toBe(verdict)
  })
})

describe('prerequisites, alternatives and scope', () => {
  it('should let an option count only together with its prerequisites', () => {
    const rules = rule('kconfig', 'X', { prerequisites: [isOn('Y')] })
    expect(judged(rules, { config: { X: 'y', Y: 'y' } }).verdict).toBe('pass')
    const broken = judged(rules, { config: { X: 'y', Y: 'n' } })
    expect(broken).toMatchObject({
      verdict: 'fail',
      reason: 'counts only together with CONFIG_Y = y, which is not set',
    })
    expect(broken.mend()).toEqual(['CONFIG_Y=y'])
  })

  it('should accept a substitute only whole, and name it', () => {
    const rules = rule('kconfig', 'X', { alternatives: [[isOn('A'), kconfig('B', off)]] })
    expect(judged(rules, { config: { X: 'n', A: 'y', B: 'y' } }).verdict).toBe('fail')
    expect(judged(rules, { config: { X: 'n', A: 'y', B: 'n' } })).toMatchObject({
      verdict: 'pass',
      reason: 'satisfied by CONFIG_A = y and CONFIG_B not set',
    })
  })

  it('should not be applicable outside its scope', () => {
    const rules = rule('kconfig', 'X', { appliesIf: [isBuilt('KVM')] })
    expect(judged(rules, { config: { KVM: 'm' } }).verdict).toBe('fail')
    expect(judged(rules, { config: { KVM: 'n', X: 'n' } })).toMatchObject({
      verdict: 'not-applicable',
      reason: 'about nothing in a kernel without CONFIG_KVM = y or m',
    })
  })
})

describe('a rule for a parameter', () => {
  const byDefault = rule('cmdline', 'init_on_alloc', {
    alternatives: [[isOn('INIT_ON_ALLOC_DEFAULT_ON'), parameter('init_on_alloc', absent)]],
  })

  it.each([
    ['init_on_alloc=1', 'n', 'pass'],
    ['quiet', 'y', 'pass'],
    ['quiet', 'n', 'fail'],
    ['init_on_alloc=0', 'y', 'fail'],
    ['init_on_alloc=0 init_on_alloc=1', 'n', 'pass'],
    ['init_on_alloc=1 init_on_alloc=0', 'y', 'fail'],
    ['init-on-alloc="on"', 'n', 'pass'],
    ['quiet -- init_on_alloc=1', 'n', 'fail'],
    ['init_on_alloc', 'n', 'fail'],
  ])('should with the command line %j and the default %s be %s', (cmdline, value, verdict) => {
    expect(judged(byDefault, { cmdline, config: { INIT_ON_ALLOC_DEFAULT_ON: value } }).verdict).toBe(verdict)
  })

  it('should take all occurrences of a parameter that adds up', () => {
    const rules = rule('cmdline', 'lockdown', { expected: listing('confidentiality'), repeated: 'all' })
    expect(judged(rules, { cmdline: 'lockdown=confidentiality lockdown=integrity' }).verdict).toBe('pass')
    expect(judged(rules, { cmdline: 'lockdown=integrity' }).verdict).toBe('fail')
  })

  it('should let mitigations=off spoil what is asked for by itself', () => {
    const rules = rule('cmdline', 'mds', {
      expected: noneOf('off'),
      prerequisites: [parameter('mitigations', noneOf('off'))],
    })
    expect(judged(rules, { cmdline: 'mds=full' }).verdict).toBe('pass')
    expect(judged(rules, { cmdline: 'mds=full mitigations=off' })).toMatchObject({
      verdict: 'fail',
      reason: 'counts only together with mitigations not off, which is "off"',
    })
  })

  it('should be not applicable once the kernel ignores it, and judged before', () => {
    const rules = rule('cmdline', 'nosmep', {
      expected: absent,
      removedIn: '5.19',
      removedBecause: 'ignored',
    })
    expect(judged(rules, { cmdline: 'nosmep', version: { major: 6, minor: 1 } }).verdict).toBe(
      'not-applicable',
    )
    expect(judged(rules, { cmdline: 'nosmep', version: { major: 5, minor: 15 } }).verdict).toBe('fail')
    expect(judged(rules, { cmdline: 'nosmep' }).verdict).toBe('fail')
  })
})

describe('what is not known', () => {
  it.each([
    ['kconfig', 'configuration'],
    ['cmdline', 'command line'],
    ['sysctl', 'sysctls'],
  ] as const)('should make a rule of type %s inconclusive, not pass', (type, part) => {
    expect(judged(rule(type, 'x', { expected: off }), {})).toMatchObject({
      verdict: 'inconclusive',
      reason: `cannot be told without the kernel's ${part}`,
    })
  })

  it('should leave a failure open where a substitute is not known', () => {
    const rules = rule('cmdline', 'x', { alternatives: [[isOn('X'), parameter('x', absent)]] })
    expect(judged(rules, { cmdline: '' }).verdict).toBe('inconclusive')
    expect(judged(rules, { cmdline: 'x=0' }).verdict).toBe('fail')
  })

  it('should leave a missing sysctl open where its scope is not known', () => {
    const rules = rule('sysctl', 'kernel.modules_disabled', {
      expected: equals('1'),
      appliesIf: [isBuilt('MODULES')],
    })
    expect(judged(rules, { sysctls: {} }).verdict).toBe('inconclusive')
    expect(judged(rules, { sysctls: { 'kernel.modules_disabled': '0' } }).verdict).toBe('fail')
    expect(judged(rules, { sysctls: {}, config: { MODULES: 'n' } }).verdict).toBe('not-applicable')
  })

  it('should name the option that a maximum is read from', () => {
    const rules = rule('sysctl', 'vm.mmap_rnd_bits', { expected: { is: 'same-as', option: 'RND_MAX' } })
    expect(judged(rules, { sysctls: { 'vm.mmap_rnd_bits': '28' } })).toMatchObject({
      verdict: 'inconclusive',
      reason: '"28", and CONFIG_RND_MAX is not known',
    })
  })
})

describe('a policy', () => {
  const rules = rule('kconfig', 'MODULES', { expected: off, alternatives: [[isOn('OTHER')]] })

  it('should be able to expect something else, without the substitutes of the rule', () => {
    const expectations = new Map([['kconfig.MODULES', on]])
    expect(judged(rules, { config: { MODULES: 'y' } }, { expectations })).toMatchObject({
      verdict: 'pass',
      desired: 'y',
    })
    expect(judged(rules, { config: { MODULES: 'n', OTHER: 'y' } }, { expectations }).verdict).toBe('fail')
  })

  it('should be able to ignore a rule, with its reason', () => {
    const expectations = new Map([['kconfig.MODULES', { is: 'ignored', reason: 'drivers' } as const]])
    expect(judged(rules, { config: { MODULES: 'y' } }, { expectations })).toMatchObject({
      verdict: 'not-applicable',
      reason: 'ignored by the policy: drivers',
    })
  })
})

describe('judgeKernel', () => {
  const names = [...new Set(kernelRules.map(({ name }) => name))]
  const settings = fc
    .array(
      fc.tuple(
        fc.oneof(fc.constantFrom(...names), fc.string()),
        fc.oneof(fc.constantFrom('y', 'm', 'n'), fc.string()),
      ),
    )
    .map((entries) => new Map(entries))

  it('should never throw, and answer each rule once', () => {
    fc.assert(
      fc.property(
        fc.record({
          architecture: fc.constantFrom(...architectures),
          version: fc.option(fc.record({ major: fc.nat(99), minor: fc.nat(99) }), { nil: undefined }),
          config: fc.option(settings, { nil: undefined }),
          cmdline: fc.option(fc.string({ unit: 'binary' }), { nil: undefined }),
          sysctls: fc.option(settings, { nil: undefined }),
        }),
        (facts) => {
          const results = judgeKernel(facts)
          expect(results.map(({ id }) => id)).toEqual(
            kernelRules.filter((each) => each.architectures.includes(facts.architecture)).map(({ id }) => id),
          )
          if (facts.config === undefined) {
            expect(
              results.filter(({ type, verdict }) => type === 'kconfig' && verdict !== 'inconclusive'),
            ).toEqual([])
          }
        },
      ),
      { numRuns: 40 },
    )
  }, 60_000)
})
