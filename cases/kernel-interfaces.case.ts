import { type Attempt, judge } from '../harness/rules/judge.ts'
import { check } from '../harness/vitest/check.ts'

/** A user without any privilege: `nobody`. */
const uid = 65534

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
  async (context) => {
    const { host } = await context.probe()
    return judge.refused(
      [
        {
          what: 'read the kernel log as nobody',
          attempted: await host.try('syslog-read', {}, { uid }),
          subject: 'log',
        },
      ],
      { control: [{ what: 'read the kernel log as root', attempted: await host.try('syslog-read') }] },
    )
  },
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
  async (context) => {
    const { host } = await context.probe()
    return judge.refused(
      [
        {
          what: 'read addresses as nobody',
          attempted: await host.try('read-kallsyms', {}, { uid }),
          subject: 'nobody',
        },
        { what: 'read addresses as root', attempted: await host.try('read-kallsyms'), subject: 'root' },
      ],
      // ZEROED says that the symbols were read and every address was zero, so it needs no other proof than this.
      {
        refusals: ['ZEROED'],
        control: [
          {
            what: 'read /proc/kallsyms at all',
            attempted: await host.try('open-read', { path: '/proc/kallsyms' }),
          },
        ],
      },
    )
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
    const asRoot = { what: 'trace the same as root', attempted: await host.try('ptrace') }
    // At ptrace_scope 3 root is refused as well, so the control can only be that the call is reached.
    const control =
      asRoot.attempted.outcome === 'allowed'
        ? asRoot
        : { what: 'reach ptrace(2)', attempted: await host.try('syscall', { name: 'ptrace' }) }
    const attempted = await host.try('ptrace', {}, { uid })
    return judge.refused([{ what: 'trace a sibling as nobody', attempted, subject: 'ptrace' }], {
      control: [control],
    })
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
  async (context) => {
    const { host } = await context.probe()
    return judge.refused(
      [
        {
          what: 'make a user namespace as nobody',
          attempted: await host.try('userns', {}, { uid }),
          subject: 'userns',
        },
      ],
      {
        refusals: ['ENOSPC', 'EUSERS'],
        control: [{ what: 'reach unshare(2)', attempted: await host.try('syscall', { name: 'unshare' }) }],
      },
    )
  },
)

check(
  'kernel.bpf',
  {
    claim: 'a user without privilege cannot load BPF programs',
    promise: 'P2',
    severity: 'high',
    vantages: ['inside'],
    guest: 'pristine',
    twins: ['lax-sysctls'],
    remedy: 'Set kernel.unprivileged_bpf_disabled=1, or build with CONFIG_BPF_UNPRIV_DEFAULT_OFF.',
  },
  async (context) => {
    const { host } = await context.probe()
    return judge.refused(
      [
        {
          what: 'load a socket filter as nobody',
          attempted: await host.try('bpf-load', {}, { uid }),
          subject: 'bpf',
        },
      ],
      { control: [{ what: 'load the same as root', attempted: await host.try('bpf-load') }] },
    )
  },
)

check(
  'kernel.perf',
  {
    claim: 'a user without privilege cannot use performance events',
    promise: 'P2',
    severity: 'medium',
    vantages: ['inside'],
    guest: 'pristine',
    twins: ['lax-sysctls'],
    remedy: 'Set kernel.perf_event_paranoid=3 (Debian) or 2.',
  },
  async (context) => {
    const { host } = await context.probe()
    return judge.refused(
      [
        {
          what: 'watch the kernel with a software event as nobody',
          attempted: await host.try('perf-open', { kernel: true }, { uid }),
          subject: 'perf',
        },
      ],
      { control: [{ what: 'the same as root', attempted: await host.try('perf-open', { kernel: true }) }] },
    )
  },
)

check(
  'kernel.links',
  {
    claim: "in a directory that all may write, nobody can be led by another user's links, fifos or files",
    promise: 'P2',
    severity: 'medium',
    vantages: ['inside'],
    guest: 'pristine',
    twins: ['lax-sysctls'],
    remedy:
      'Set fs.protected_symlinks=1, fs.protected_hardlinks=1, fs.protected_fifos=2, fs.protected_regular=2.',
  },
  async (context) => {
    const { host } = await context.probe()
    const names = ['hardlink-foreign', 'symlink-sticky-follow', 'fifo-sticky', 'regular-sticky'] as const
    const attempts: Attempt[] = []
    for (const name of names) {
      attempts.push({ what: name, attempted: await host.try(name, {}), subject: name })
    }
    return judge.refused(attempts, {
      control: [
        { what: 'make a file in /tmp', attempted: await host.try('create', { path: '/tmp' }, { uid }) },
      ],
    })
  },
)
