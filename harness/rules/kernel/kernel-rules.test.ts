import { describe, expect, it } from 'vitest'
import { type Architecture, architectures } from '../../common/architecture.ts'
import { severities } from '../catalogue.ts'
import type { SettingType } from './kernel-facts.ts'
import { ruleSources } from './kernel-rule.ts'
import { kernelRules, newerThanRules, newestKernelKnown } from './kernel-rules.ts'
import { isAtLeast, parseKernelVersion } from './kernel-version.ts'
import checker from './testing/hardening-checker-settings.json' with { type: 'json' }

const x86Only = 'the option or parameter exists for x86 only'
const arm64Only = 'the option or parameter exists for arm64 only'
const elsewhere = 'the option exists only for 32-bit processors'

/** Settings that the checker also judges where the kernel cannot have them. */
const leftOut: Readonly<Record<Architecture, Readonly<Record<string, string>>>> = {
  x86_64: {
    OABI_COMPAT: elsewhere,
    M486: elsewhere,
    DVB_C8SECTPFE: 'the driver is for an Arm chip',
    CORESIGHT: arm64Only,
    nospectre_bhb: arm64Only,
    'arm64.nobti': arm64Only,
    'arm64.nopauth': arm64Only,
    'arm64.nomte': arm64Only,
    'arm64.nogcs': arm64Only,
  },
  arm64: {
    OABI_COMPAT: elsewhere,
    M486: elsewhere,
    IA32_EMULATION: x86Only,
    X86_X32: x86Only,
    X86_X32_ABI: x86Only,
    MODIFY_LDT_SYSCALL: x86Only,
    X86_MSR: x86Only,
    X86_VSYSCALL_EMULATION: x86Only,
    PUNIT_ATOM_DEBUG: x86Only,
    PROVIDE_OHCI1394_DMA_INIT: x86Only,
    X86_16BIT: x86Only,
    X86_CPUID: x86Only,
    X86_IOPL_IOPERM: x86Only,
    nosmep: x86Only,
    nosmap: x86Only,
    dis_ucode_ldr: x86Only,
    setcpuid: x86Only,
    clearcpuid: x86Only,
    nopti: x86Only,
    nospec_store_bypass_disable: x86Only,
    nospectre_v1: x86Only,
  },
}

const judgedByTheChecker = (architecture: Architecture): readonly string[] =>
  Object.entries(checker.settings).flatMap(([type, byArchitecture]) => {
    const groups: Readonly<Record<string, readonly string[]>> = byArchitecture
    return [...(groups.both ?? []), ...(groups[architecture] ?? [])].map((name) => `${type} ${name}`)
  })

describe('kernel rules', () => {
  it('should have one rule of an id per architecture', () => {
    for (const architecture of architectures) {
      const ids = kernelRules.filter((rule) => rule.architectures.includes(architecture)).map(({ id }) => id)
      expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([])
    }
  })

  it.each(kernelRules.map((rule) => [rule.id, rule] as const))('should describe %s in full', (_id, rule) => {
    expect(rule.id.startsWith(`${rule.type}.`)).toBe(true)
    expect(rule.why).toMatch(/^\S.{10,120}\.$/)
    expect(severities).toContain(rule.severity)
    expect(rule.sources.length).toBeGreaterThan(0)
    for (const source of rule.sources) expect(ruleSources).toContain(source)
    expect(rule.architectures.length).toBeGreaterThan(0)
    for (const version of [rule.since, rule.removedIn]) {
      if (version === undefined) continue
      expect(parseKernelVersion(version)).toBeDefined()
      expect(isAtLeast(newestKernelKnown, version)).toBe(true)
    }
    expect(rule.removedIn === undefined).toBe(rule.removedBecause === undefined)
  })

  it.each(architectures)('should judge all that kernel-hardening-checker judges on %s', (architecture) => {
    const rules = kernelRules.filter((rule) => rule.architectures.includes(architecture))
    const judged = new Set(
      rules.flatMap(({ type, name, renamedFrom = [] }) =>
        [name, ...renamedFrom].map((each) => `${type} ${each}`),
      ),
    )
    const missing = judgedByTheChecker(architecture).filter((setting) => !judged.has(setting))
    expect(missing.map((setting) => setting.split(' ')[1]).toSorted()).toEqual(
      Object.keys(leftOut[architecture]).toSorted(),
    )
  })

  it.each([
    ['x86_64', 'kconfig', 259],
    ['x86_64', 'cmdline', 65],
    ['x86_64', 'sysctl', 39],
    ['arm64', 'kconfig', 238],
    ['arm64', 'cmdline', 42],
    ['arm64', 'sysctl', 39],
  ] as const)('should have for %s and %s at least %d rules', (architecture, type: SettingType, least) => {
    const rules = kernelRules.filter(
      (rule) => rule.type === type && rule.architectures.includes(architecture),
    )
    expect(rules.length).toBeGreaterThanOrEqual(least)
  })

  it('should say loudly that a kernel is newer than the rules, and be silent of others', () => {
    const { major, minor } = newestKernelKnown
    expect(newerThanRules({ major, minor: minor + 1 })).toContain(`Linux ${major}.${minor + 1} is newer`)
    expect(newerThanRules({ major: major + 1, minor: 0 })).toBeDefined()
    expect(newerThanRules({ major, minor, patch: 99 })).toBeUndefined()
    expect(newerThanRules({ major: major - 1, minor: minor + 10 })).toBeUndefined()
    expect(newerThanRules(undefined)).toBeUndefined()
  })
})
