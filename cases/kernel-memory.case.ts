import type { AttackContext } from '../harness/rules/context.ts'
import { type Attempt, judge } from '../harness/rules/judge.ts'
import { judgedContainers } from '../harness/rules/judged-containers.ts'
import type { Judgement } from '../harness/rules/verdict.ts'
import { check } from '../harness/vitest/check.ts'
import { capable, nobody, refusedForGood, refusedToNobody, trial, tryAll } from './support/trials.ts'

const lockdown = '/sys/kernel/security/lockdown'

/** A device node that opens wherever a node can be made at all. */
const nullDevice = trial('make and open a node for /dev/null', 'mknod-open', {
  type: 'character',
  major: 1,
  minor: 3,
})

const onlyOnX86 =
  (why: string, decide: (context: AttackContext) => Promise<Judgement>) => async (context: AttackContext) =>
    context.architecture === 'x86_64' ? await decide(context) : judge.notApplicable(why)

check(
  'kernel.physical-memory',
  {
    claim: 'not even root can reach physical memory through /dev/mem',
    promise: 'P2',
    severity: 'critical',
    vantages: ['inside'],
    guest: 'pristine',
    twins: ['open-kernel'],
    remedy: 'Boot with lockdown=confidentiality or integrity, or build without CONFIG_DEVMEM.',
  },
  refusedForGood([trial('open /dev/mem', 'devmem-open')], {
    seal: lockdown,
    control: [nullDevice, capable],
    absentOn: ['ENXIO'],
  }),
)

check(
  'kernel.kcore',
  {
    claim: 'not even root can read the memory of the kernel from /proc/kcore',
    promise: 'P2',
    severity: 'high',
    vantages: ['inside'],
    guest: 'pristine',
    twins: ['open-kernel'],
    remedy: 'Boot with lockdown=confidentiality, or build without CONFIG_PROC_KCORE.',
  },
  async (context) => {
    const path = '/proc/kcore'
    if ((await (await context.probe()).host.glob(path)).length === 0) {
      return judge.absent('this kernel has none', [
        { vantage: 'inside', source: path, found: 'no such file' },
      ])
    }
    return await refusedForGood([trial(`read ${path}`, 'open-read', { path })], {
      seal: lockdown,
      control: [trial('read /proc/iomem', 'open-read', { path: '/proc/iomem' }), capable],
    })(context)
  },
)

const devPort = trial('open /dev/port', 'mknod-open', { type: 'character', major: 1, minor: 4 })

check(
  'kernel.io-ports',
  {
    claim: 'not even root can program devices through I/O ports',
    promise: 'P2',
    severity: 'high',
    vantages: ['inside'],
    guest: 'pristine',
    twins: ['open-kernel'],
    remedy: 'Boot with lockdown, and build without CONFIG_DEVPORT and CONFIG_X86_IOPL_IOPERM.',
  },
  async (context) => {
    const options = { seal: lockdown, control: [nullDevice, capable], absentOn: ['ENXIO'] } as const
    if (context.architecture === 'x86_64') {
      return await refusedForGood(
        [trial('ask for a port with ioperm(2)', 'io-ports'), devPort],
        options,
      )(context)
    }
    const judgement = await refusedForGood([devPort], options)(context)
    return judgement.verdict === 'absent'
      ? judge.notApplicable(
          'the architecture has no I/O ports, and the kernel no /dev/port for those of buses',
          judgement.evidence,
        )
      : judgement
  },
)

check(
  'kernel.msr',
  {
    claim: 'not even root can reach model-specific registers of the processor (/dev/cpu/0/msr)',
    promise: 'P2',
    severity: 'high',
    vantages: ['inside'],
    guest: 'pristine',
    twins: ['open-kernel'],
    remedy: 'Do not load the module msr, or build without CONFIG_X86_MSR.',
  },
  onlyOnX86(
    'only x86 processors have model-specific registers',
    refusedForGood(
      [trial('open the msr device', 'mknod-open', { type: 'character', major: 202, minor: 0 })],
      { seal: lockdown, control: [nullDevice, capable], absentOn: ['ENXIO'] },
    ),
  ),
)

check(
  'kernel.null-page',
  {
    claim: 'a user without privilege cannot map memory where a NULL pointer of the kernel leads to',
    promise: 'P2',
    severity: 'high',
    vantages: ['inside'],
    guest: 'shared',
    twins: ['lax-sysctls'],
    remedy: 'Set vm.mmap_min_addr=65536.',
  },
  refusedToNobody([trial('map a page at address 0', 'map-zero')]),
)

check(
  'kernel.vsyscall',
  {
    claim: 'no process has code at an address that every attacker knows (the vsyscall page)',
    promise: 'P2',
    severity: 'medium',
    vantages: ['inside'],
    guest: 'pristine',
    twins: ['open-kernel'],
    remedy: 'Boot with vsyscall=none, or build with CONFIG_LEGACY_VSYSCALL_NONE.',
  },
  onlyOnX86('only x86 ever had a vsyscall page', async (context) => {
    const { host } = await context.probe()
    const attempts = await tryAll([trial('call into the vsyscall page', 'vsyscall')], host, nobody)
    // The same program without the call.
    const control = await tryAll([trial('run a tiny program from memory', 'exec-memfd')], host, nobody)
    return judge.refused(attempts, { control, refusals: ['SIGSEGV'] })
  }),
)

check(
  'kernel.segments',
  {
    claim: 'neither a user without privilege nor a container can install segment descriptors (modify_ldt)',
    promise: 'P2',
    severity: 'low',
    vantages: ['inside'],
    guest: 'pristine',
    twins: ['unconfined-container'],
    remedy: 'Build without CONFIG_MODIFY_LDT_SYSCALL, and leave modify_ldt out of seccomp profiles.',
  },
  onlyOnX86('only x86 processors have segments', async (context) => {
    const probe = await context.probe()
    const install = trial('install a segment descriptor', 'modify-ldt')
    const attempts: Attempt[] = []
    const onHost = await tryAll([install], probe.host, nobody)
    for (const attempt of onHost) attempts.push({ ...attempt, subject: 'host' })
    for (const { id, place } of await judgedContainers(probe, context.policy)) {
      attempts.push({
        what: `${install.what} in ${place.name}`,
        attempted: await install.run(place, {}),
        subject: `container ${id}`,
      })
    }
    return judge.refused(attempts, { control: onHost, absentOn: ['ENOSYS'] })
  }),
)
