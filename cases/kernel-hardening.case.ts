import { hasParameter, parseCmdline } from '../harness/facts/cmdline.ts'
import { cpuGuards } from '../harness/facts/cpu-guards.ts'
import { vulnerabilities } from '../harness/facts/vulnerabilities.ts'
import type { Place } from '../harness/guest/probe.ts'
import { outside } from '../harness/machine/outside/outside.ts'
import { type Attempt, judge } from '../harness/rules/judge.ts'
import type { Evidence } from '../harness/rules/verdict.ts'
import { check } from '../harness/vitest/check.ts'

/** A user without any privilege: `nobody`. */
const uid = 65534

/** Shows that the probe holds every capability on the host, so that a refusal there is the kernel's own. */
const fullyPrivileged = async (host: Place): Promise<Attempt> => ({
  what: 'set the clock to the time it is, as root on the host',
  attempted: await host.try('settime'),
})

check(
  'kernel.cmdline',
  {
    claim: 'the kernel runs with the command line it was given, hardening parameters included',
    promise: 'P2',
    severity: 'high',
    vantages: ['at-rest', 'inside'],
    twins: ['extra-parameter'],
    remedy: 'Add the parameters to the image, or change cmdline in the policy.',
  },
  async (context) => {
    const { host } = await context.probe()
    const running = (await host.read('/proc/cmdline')).toString('utf8').trim()
    const given = context.spec.cmdline.trim()
    const parameters = parseCmdline(running)
    const bad: Evidence[] = []
    const good: Evidence[] = []
    for (const wanted of context.policy.cmdline.required[context.architecture]) {
      const evidence: Evidence = {
        vantage: 'inside',
        source: '/proc/cmdline',
        found: hasParameter(parameters, wanted) ? wanted : `no ${wanted}`,
      }
      if (hasParameter(parameters, wanted)) {
        good.push(evidence)
      } else {
        bad.push({ ...evidence, expected: wanted, subject: wanted })
      }
    }
    return judge.all([
      judge.agree({
        views: [
          { vantage: 'at-rest', source: 'the command line of the target', found: given },
          { vantage: 'inside', source: '/proc/cmdline', found: running },
        ],
        good: () => true,
        expected: given,
        subject: 'cmdline',
      }),
      judge.findings({ vantage: 'inside', source: '/proc/cmdline', bad, good, what: 'required parameters' }),
    ])
  },
)

const coldBoots = 3

check(
  'kernel.kaslr',
  {
    claim: 'the kernel is at another address at each boot',
    promise: 'P2',
    severity: 'high',
    vantages: ['outside'],
    twins: ['nokaslr'],
    remedy:
      'Build with CONFIG_RANDOMIZE_BASE, remove nokaslr, and give the kernel a seed (kaslr-seed, RDRAND, RNDR).',
  },
  async (context) => {
    const seen: string[] = []
    // Two boots share an address once in hundreds; a third settles it.
    while (seen.length < coldBoots && new Set(seen).size < 2) {
      await using guest = await context.coldBoot('kernel')
      const entry = await outside(guest.machine).waitForKernelEntry()
      seen.push(`0x${entry.toString(16)}`)
    }
    const different = new Set(seen).size > 1
    const evidence = seen.map(
      (found, index): Evidence => ({
        vantage: 'outside',
        source: `exception entry at boot ${index + 1}`,
        found,
      }),
    )
    return judge.findings({
      vantage: 'outside',
      source: 'exception entry of cold boots',
      bad: different
        ? []
        : evidence.map((item) => ({ ...item, expected: 'another address at each boot', subject: 'kaslr' })),
      good: different ? evidence : [],
      expectedAtLeast: 2,
      what: 'boots',
    })
  },
)

check(
  'kernel.write-or-execute',
  {
    claim: 'no page of the kernel is writable and executable at once',
    promise: 'P2',
    severity: 'critical',
    vantages: ['outside'],
    twins: ['rodata-off'],
    remedy: 'Build with CONFIG_STRICT_KERNEL_RWX and CONFIG_STRICT_MODULE_RWX, and remove rodata=off.',
  },
  async (context) => {
    // Not before user space has started: the kernel seals its pages last.
    await context.probe()
    const { leaves, writableExecutable } = await outside((await context.guest()).machine).pageTables()
    return judge.findings({
      vantage: 'outside',
      source: 'the page tables in guest memory',
      bad: writableExecutable.map(({ from, to }) => ({
        vantage: 'outside',
        source: `0x${from.toString(16)}-0x${to.toString(16)}`,
        found: 'writable and executable',
        expected: 'one or the other',
        subject: 'kernel pages',
      })),
      good: [
        { vantage: 'outside', source: 'the page tables in guest memory', found: `${leaves} leaf entries` },
      ],
      what: 'ranges',
    })
  },
)

check(
  'kernel.cpu-guards',
  {
    claim: "the processor's own guards against the kernel touching or running user memory are on",
    promise: 'P2',
    severity: 'high',
    vantages: ['outside'],
    twins: ['weak-cpu'],
    remedy:
      'Remove clearcpuid=, nosmep, nosmap, arm64.no... from the command line; use a CPU model that has them.',
  },
  async (context) => {
    await context.probe()
    const guards = cpuGuards(await outside((await context.guest()).machine).registers())
    const supported = guards.filter(({ supported }) => supported)
    if (supported.length === 0) {
      return judge.notApplicable(
        'the CPU model has none of them',
        guards.map(({ name, register }) => ({ vantage: 'outside', source: register, found: `no ${name}` })),
      )
    }
    const evidence = supported.map(({ name, register, enabled }) => ({
      enabled,
      name,
      evidence: { vantage: 'outside', source: register, found: `${name} ${enabled ? 'on' : 'off'}` } as const,
    }))
    return judge.findings({
      vantage: 'outside',
      source: 'control registers',
      bad: evidence
        .filter(({ enabled }) => !enabled)
        .map(({ evidence, name }) => ({ ...evidence, expected: `${name} on`, subject: name })),
      good: evidence.filter(({ enabled }) => enabled).map(({ evidence }) => evidence),
      what: 'guards',
    })
  },
)

check(
  'kernel.vulnerabilities',
  {
    claim: 'the kernel mitigates every processor vulnerability that it knows this CPU to have',
    promise: 'P2',
    severity: 'high',
    vantages: ['inside'],
    twins: ['mitigations-off'],
    remedy: 'Remove mitigations=off and its like from the command line; build with CONFIG_CPU_MITIGATIONS.',
  },
  async (context) => {
    const found = await vulnerabilities(await context.probe())
    const evidence = found.map(({ name, state }): Evidence & { readonly subject: string } => ({
      vantage: 'inside',
      source: `/sys/devices/system/cpu/vulnerabilities/${name}`,
      found: state,
      subject: name,
    }))
    const isOpen = ({ found }: Evidence) => /^(Vulnerable|Unknown)/.test(found)
    return judge.findings({
      vantage: 'inside',
      source: '/sys/devices/system/cpu/vulnerabilities',
      bad: evidence.filter(isOpen).map((item) => ({ ...item, expected: 'Not affected, or a mitigation' })),
      good: evidence.filter((item) => !isOpen(item)),
      expectedAtLeast: 5,
      what: 'vulnerabilities',
    })
  },
)

check(
  'kernel.sysctls',
  {
    claim: 'kernel settings (sysctl) have the values that the policy asks for',
    promise: 'P2',
    severity: 'high',
    vantages: ['inside'],
    twins: ['lax-sysctls'],
    remedy: 'Set them at boot, and let a setting that cannot be applied fail loudly.',
  },
  async (context) => {
    const { host } = await context.probe()
    const wanted = Object.entries(context.policy.sysctls)
    const paths = new Map(wanted.map(([name]) => [name, `/proc/sys/${name.replaceAll('.', '/')}`]))
    const contents = await host.readMany([...paths.values()])
    const bad: Evidence[] = []
    const good: Evidence[] = []
    for (const [name, values] of wanted) {
      const source = paths.get(name) ?? name
      const content = contents.get(source)
      const found = content instanceof Buffer ? content.toString('latin1').trim() : undefined
      if (found === undefined && content === 'ENOENT') {
        good.push({ vantage: 'inside', source, found: 'this kernel has no such setting' })
      } else if (found !== undefined && values.includes(found)) {
        good.push({ vantage: 'inside', source, found })
      } else {
        bad.push({
          vantage: 'inside',
          source,
          found: found ?? String(content),
          expected: values.join(' or '),
          subject: name,
        })
      }
    }
    return judge.findings({
      vantage: 'inside',
      source: '/proc/sys',
      bad,
      good,
      expectedAtLeast: Math.ceil(wanted.length / 2),
      what: 'settings',
    })
  },
)

check(
  'kernel.log',
  {
    claim: 'a user without privilege cannot read the kernel log',
    promise: 'P2',
    severity: 'medium',
    vantages: ['inside'],
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
    twins: ['lax-sysctls'],
    remedy: 'Set kernel.yama.ptrace_scope to 1 or more.',
  },
  async (context) => {
    const { host } = await context.probe()
    return judge.refused(
      [
        {
          what: 'trace a sibling as nobody',
          attempted: await host.try('ptrace', {}, { uid }),
          subject: 'ptrace',
        },
      ],
      { control: [{ what: 'trace the same as root', attempted: await host.try('ptrace') }] },
    )
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

check(
  'kernel.kexec',
  {
    claim: 'root cannot load another kernel',
    promise: 'P2',
    severity: 'high',
    vantages: ['inside'],
    twins: ['lax-sysctls'],
    remedy: 'Set kernel.kexec_load_disabled=1, or build without CONFIG_KEXEC and CONFIG_KEXEC_FILE.',
  },
  async (context) => {
    const { host } = await context.probe()
    return judge.refused(
      [
        {
          what: 'kexec_load and kexec_file_load as root',
          attempted: await host.try('kexec'),
          subject: 'kexec',
        },
      ],
      {
        control: [await fullyPrivileged(host)],
      },
    )
  },
)

check(
  'kernel.modules',
  {
    claim: 'root cannot load a kernel module once the system is up',
    promise: 'P3',
    severity: 'high',
    vantages: ['at-rest', 'inside'],
    twins: ['modules-open'],
    remedy: 'Set kernel.modules_disabled=1 when the last module needed is loaded.',
  },
  async (context) => {
    const { host } = await context.probe()
    const { trees } = await context.image()
    const loaded = new Set(
      (await host.read('/proc/modules'))
        .toString('latin1')
        .split('\n')
        .map((line) => line.split(' ')[0]),
    )
    const modules = trees
      .flatMap(({ tree }) => [...tree.entries()])
      .filter(({ path, type }) => type === 'file' && path.endsWith('.ko'))
    const name = (path: string) => path.slice(path.lastIndexOf('/') + 1, -'.ko'.length).replaceAll('-', '_')
    // One that is not loaded yet would be loaded for real; of one that is, the kernel says EEXIST, if it lets it in.
    const candidate = modules.find(({ path }) => !loaded.has(name(path))) ?? modules[0]
    if (candidate === undefined) {
      return judge.inconclusive('the image holds no uncompressed kernel module to try with')
    }
    const bytes = (await candidate.read()).toString('base64')
    return judge.refused(
      [
        {
          what: `load ${candidate.path} as root`,
          attempted: await host.try('load-module', { bytes }),
          subject: 'modules',
        },
      ],
      { control: [await fullyPrivileged(host)] },
    )
  },
)
