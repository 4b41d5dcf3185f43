import { judge } from '../harness/rules/judge.ts'
import { check } from '../harness/vitest/check.ts'
import {
  nobody,
  refusedToNobody,
  refusedUntilUnprotected,
  root,
  trial,
  tryAll,
  tryUnprotected,
} from './support/trials.ts'

// What a user without privilege, and at times root too, is refused of the kernel.

check(
  'kernel.log',
  {
    claim: 'a user without privilege cannot read the kernel log',
    promise: 'P2',
    severity: 'medium',
    vantages: ['inside'],
    guest: 'pristine',
    twins: ['lax-sysctls'],
    remedy: 'Set kernel.dmesg_restrict=1.',
  },
  refusedToNobody([
    trial('read the kernel log', 'syslog-read'),
    trial('read /dev/kmsg', 'open-read', { path: '/dev/kmsg' }),
  ]),
)

check(
  'kernel.addresses',
  {
    claim: 'nobody, root included, is shown kernel addresses',
    promise: 'P2',
    severity: 'medium',
    vantages: ['inside'],
    guest: 'pristine',
    twins: ['lax-sysctls'],
    remedy: 'Set kernel.kptr_restrict=2.',
  },
  refusedUntilUnprotected([trial('read addresses from /proc/kallsyms', 'read-kallsyms')], {
    settings: { 'kernel.kptr_restrict': '0' },
    users: [root, nobody],
  }),
)

check(
  'kernel.page-flags',
  {
    claim: 'a user without privilege cannot see what each page of physical memory is used for',
    promise: 'P2',
    severity: 'low',
    vantages: ['inside'],
    guest: 'shared',
    twins: ['open-kernel'],
    remedy: 'Leave /proc/kpageflags, kpagecount and kpagecgroup as the kernel makes them: for root alone.',
  },
  async (context) => {
    const { host } = await context.probe()
    const paths = await host.glob('/proc/kpage*')
    const [first, ...rest] = paths.map((path) => trial(`read ${path}`, 'open-read', { path }))
    if (first === undefined) {
      return judge.absent('this kernel does not tell', [
        { vantage: 'inside', source: '/proc/kpage*', found: 'no such file' },
      ])
    }
    return await refusedToNobody([first, ...rest])(context)
  },
)

check(
  'kernel.ptrace',
  {
    claim: 'a user without privilege cannot trace his other processes',
    promise: 'P2',
    severity: 'medium',
    vantages: ['inside'],
    guest: 'pristine',
    twins: ['lax-sysctls'],
    remedy: 'Set kernel.yama.ptrace_scope to 1 or more.',
  },
  async (context) => {
    const { host } = await context.probe()
    const trials = [trial('trace a process that is not a child', 'ptrace')] as const
    const attempts = await tryAll(trials, host, nobody)
    const scope = '/proc/sys/kernel/yama/ptrace_scope'
    const content = (await host.readMany([scope])).get(scope)
    const state = content instanceof Buffer ? content.toString('latin1').trim() : String(content)
    if (state === '1' || state === '2') {
      const control = await tryUnprotected(context, trials, nobody, { 'kernel.yama.ptrace_scope': '0' })
      return judge.refused(attempts, { control })
    }
    // At 3 root is refused as well, and the setting cannot be taken back: the call can only be reached.
    const judgement = judge.refused(attempts, {
      control: await tryAll([trial('reach ptrace(2)', 'syscall', { name: 'ptrace' })], host, nobody),
    })
    return {
      ...judgement,
      evidence: [...judgement.evidence, { vantage: 'inside', source: scope, found: state }],
    }
  },
)

check(
  'kernel.user-namespaces',
  {
    claim:
      'a user without privilege cannot make a user namespace, and so gain capabilities over kernel interfaces',
    promise: 'P2',
    severity: 'high',
    vantages: ['inside'],
    guest: 'pristine',
    twins: ['lax-sysctls'],
    remedy:
      'Set user.max_user_namespaces=0 (or kernel.unprivileged_userns_clone=0 where Debian patches it in).',
  },
  refusedUntilUnprotected([trial('make a user namespace', 'userns')], {
    settings: { 'user.max_user_namespaces': '1000' },
    refusals: ['ENOSPC', 'EUSERS'],
    absentOn: ['EINVAL', 'ENOSYS'],
  }),
)

check(
  'kernel.bpf',
  {
    claim: 'a user without privilege cannot load BPF programs',
    promise: 'P2',
    severity: 'high',
    vantages: ['inside'],
    guest: 'shared',
    twins: ['lax-sysctls'],
    remedy: 'Set kernel.unprivileged_bpf_disabled=1, or build with CONFIG_BPF_UNPRIV_DEFAULT_OFF.',
  },
  refusedToNobody([trial('load a socket filter', 'bpf-load')]),
)

check(
  'kernel.perf',
  {
    claim: 'a user without privilege cannot use performance events',
    promise: 'P2',
    severity: 'medium',
    vantages: ['inside'],
    guest: 'shared',
    twins: ['lax-sysctls'],
    remedy: 'Set kernel.perf_event_paranoid=3 (Debian) or 2.',
  },
  refusedToNobody([trial('watch the kernel with a software event', 'perf-open', { kernel: true })]),
)

check(
  'kernel.userfaultfd',
  {
    claim: 'a user without privilege cannot make the kernel wait on faults in his memory (userfaultfd)',
    promise: 'P2',
    severity: 'medium',
    vantages: ['inside'],
    guest: 'shared',
    twins: ['lax-sysctls'],
    remedy: 'Set vm.unprivileged_userfaultfd=0.',
  },
  refusedToNobody([trial('handle faults of the kernel', 'userfaultfd')]),
)

check(
  'kernel.io-uring',
  {
    claim: 'nobody, root included, can use io_uring',
    promise: 'P2',
    severity: 'medium',
    vantages: ['inside'],
    guest: 'pristine',
    twins: ['lax-sysctls'],
    remedy: 'Set kernel.io_uring_disabled=2, or build without CONFIG_IO_URING.',
  },
  refusedUntilUnprotected([trial('make a ring', 'io-uring')], {
    settings: { 'kernel.io_uring_disabled': '0' },
    users: [nobody, root],
    absentOn: ['ENOSYS'],
  }),
)

check(
  'kernel.keys',
  {
    claim: 'a user without privilege can neither read keys of others nor fill kernel memory with his own',
    promise: 'P2',
    severity: 'low',
    vantages: ['inside'],
    guest: 'pristine',
    twins: ['lax-sysctls'],
    remedy: 'Leave kernel.keys.maxkeys and maxbytes at what the kernel starts with: 200 and 20000.',
  },
  async (context) => {
    const { host } = await context.probe()
    const foreign = trial('read a key of root', 'read-foreign-key')
    const attempts = [
      ...(await tryAll([foreign, trial('make 300 keys', 'fill-keys', { count: 300 })], host, nobody)),
    ]
    const owner = { who: 'as its owner without capabilities', uid: 0 }
    const [control] = await tryAll([foreign], host, owner)
    const many = await tryAll([trial('make 300 keys', 'fill-keys', { count: 300 })], host, root)
    return judge.refused(attempts, {
      control: [control, ...many],
      refusals: ['EDQUOT'],
      absentOn: ['ENOSYS'],
    })
  },
)
