import { announcedSecurityModules } from '../harness/facts/kernel-log.ts'
import { readLoadedModules } from '../harness/facts/loaded-modules.ts'
import { readTaints, taintOfLetter } from '../harness/facts/taint.ts'
import type { Place } from '../harness/guest/probe.ts'
import { CannotJudge } from '../harness/rules/cannot-judge.ts'
import { judge } from '../harness/rules/judge.ts'
import { lockdownModes } from '../harness/rules/policy.ts'
import type { Evidence } from '../harness/rules/verdict.ts'
import { check } from '../harness/vitest/check.ts'

const textOf = async (host: Place, path: string): Promise<string | undefined> => {
  const content = (await host.readMany([path])).get(path)
  return content instanceof Buffer ? content.toString('latin1').trim() : undefined
}

const taintFile = '/proc/sys/kernel/tainted'

check(
  'kernel.taint',
  {
    claim: 'the kernel is as upstream made it and nothing has gone wrong in it: it is not tainted',
    promise: 'P3',
    severity: 'high',
    vantages: ['inside'],
    guest: 'shared',
    twins: ['unsigned-module'],
    remedy:
      'Leave out modules that are not built and signed with the kernel; look in its log for what went wrong.',
  },
  async (context) => {
    const { host } = await context.probe()
    const text = (await host.read(taintFile)).toString('latin1').trim()
    if (!/^\d{1,20}$/.test(text)) throw new CannotJudge(`expected a number in ${taintFile}, found ${text}`)
    const taints = readTaints(BigInt(text))
    const bad = taints
      .filter(({ harmless }) => !harmless)
      .map(({ letter, bit, meaning }) => ({
        vantage: 'inside' as const,
        source: taintFile,
        found: `${letter} (bit ${bit}): ${meaning}`,
        expected: 'not tainted',
        subject: letter,
      }))
    return judge.findings({
      vantage: 'inside',
      source: taintFile,
      bad,
      good: bad.length > 0 ? [] : [{ vantage: 'inside', source: taintFile, found: text }],
      what: 'flags',
    })
  },
)

const enforceFile = '/sys/module/module/parameters/sig_enforce'
const lockdownFile = '/sys/kernel/security/lockdown'

/** The mode in brackets; undefined where the kernel does not say. */
const lockdownOf = async (host: Place): Promise<string | undefined> =>
  /\[(\w+)\]/.exec((await textOf(host, lockdownFile)) ?? '')?.[1]

check(
  'kernel.module-signatures',
  {
    claim: 'every loaded module was built and signed with the kernel, and the kernel takes no other',
    promise: 'P3',
    severity: 'high',
    vantages: ['inside'],
    guest: 'shared',
    twins: ['unsigned-module'],
    remedy:
      'Boot with module.sig_enforce=1 or lockdown, or build with CONFIG_MODULE_SIG_FORCE; sign every module.',
  },
  async (context) => {
    const { host } = await context.probe()
    const source = '/proc/modules'
    const text = (await host.readMany([source])).get(source)
    const evidence = (found: string, at = source): Evidence => ({ vantage: 'inside', source: at, found })
    if (text === 'ENOENT') return judge.absent('this kernel has no modules', [evidence('no such file')])
    const modules = text instanceof Buffer ? readLoadedModules(text.toString('latin1')) : undefined
    if (modules === undefined)
      throw new CannotJudge(`${source} cannot be read, or has lines of an unknown form`)
    const enforced = (await textOf(host, enforceFile)) ?? 'not there'
    const lockdown = (await lockdownOf(host)) ?? 'not visible'
    const refusesOthers = enforced === 'Y' || lockdown === 'integrity' || lockdown === 'confidentiality'
    const enforcement = evidence(`${enforced}; lockdown is ${lockdown}`, enforceFile)
    const tainting = modules.filter(({ taints }) => taints !== '')
    return judge.findings({
      vantage: 'inside',
      source,
      bad: [
        ...tainting.map(({ name, taints }) => ({
          ...evidence(`${name} (${taints}): ${[...taints].map(taintOfLetter).join(', ')}`),
          expected: 'a signed module of the kernel',
          subject: name,
        })),
        ...(refusesOthers ? [] : [{ ...enforcement, expected: 'Y, or lockdown', subject: 'sig_enforce' }]),
      ],
      good: [
        ...(refusesOthers ? [enforcement] : []),
        ...modules.filter(({ taints }) => taints === '').map(({ name }) => evidence(name)),
      ],
      what: 'modules and settings',
    })
  },
)

const modes: readonly string[] = lockdownModes

check(
  'kernel.lockdown',
  {
    claim: 'lockdown keeps root from the kernel as far as the policy asks',
    promise: 'P2',
    severity: 'high',
    vantages: ['inside'],
    guest: 'shared',
    twins: ['unsigned-module'],
    remedy:
      'Boot with lockdown=confidentiality, with lockdown in CONFIG_LSM; or change lockdown in the policy.',
  },
  async (context) => {
    const { host } = await context.probe()
    const expected = context.policy.lockdown
    const mode = await lockdownOf(host)
    const found = mode ?? 'no lockdown, or securityfs is not mounted'
    const evidence: Evidence = { vantage: 'inside', source: lockdownFile, found }
    const enough = modes.indexOf(mode ?? 'none') >= modes.indexOf(expected)
    return judge.findings({
      vantage: 'inside',
      source: lockdownFile,
      bad: enough ? [] : [{ ...evidence, expected: `${expected} at least`, subject: 'lockdown' }],
      good: enough ? [evidence] : [],
      what: 'modes',
    })
  },
)

const modulesFile = '/sys/kernel/security/lsm'

check(
  'kernel.security-modules',
  {
    claim: 'the security modules that the policy asks for are active',
    promise: 'P2',
    severity: 'high',
    vantages: ['inside'],
    guest: 'shared',
    twins: ['unsigned-module'],
    remedy: 'Name them in CONFIG_LSM or lsm=; or change securityModules in the policy.',
  },
  async (context) => {
    const { host } = await context.probe()
    const listed = (await textOf(host, modulesFile))?.split(',')
    const announced = announcedSecurityModules(await host.kernelLog())
    const active = listed ?? announced
    if (active === undefined) throw new CannotJudge(`neither ${modulesFile} nor the kernel's log names them`)
    const source = listed === undefined ? "the kernel's log" : modulesFile
    const { securityModules } = context.policy
    const evidence: Evidence = { vantage: 'inside', source, found: active.join(',') }
    return judge.findings({
      vantage: 'inside',
      source,
      bad: securityModules
        .filter((name) => !active.includes(name))
        .map((name) => ({ ...evidence, expected: name, subject: name })),
      good: [
        evidence,
        ...securityModules.filter((name) => active.includes(name)).map((found) => ({ ...evidence, found })),
      ],
      what: 'security modules',
    })
  },
)
