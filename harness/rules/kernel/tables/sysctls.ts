import { atLeast, equals, noneOf, off } from '../expectation.ts'
import { type Condition, isBuilt, type KernelRule, ruleTable, sysctl } from '../kernel-rule.ts'

const bpf: readonly Condition[] = [isBuilt('BPF_SYSCALL')]
const minimumAddress = 65_536

/** Settings of the running kernel, but for the network. */
export const sysctlRules: readonly KernelRule[] = [
  ruleTable(
    'sysctl',
    { expected: equals('1'), sources: ['KSPP'], severity: 'high' },
    {
      'kernel.dmesg_restrict': {
        why: "The kernel's log, with its addresses, is for privileged users.",
        severity: 'medium',
      },
      'kernel.kptr_restrict': { expected: equals('2'), why: 'Addresses of the kernel are shown to nobody.' },
      'kernel.perf_event_paranoid': {
        expected: atLeast(3),
        why: 'Unprivileged users may not measure anything.',
        severity: 'medium',
        withCare: 'mainline treats 3 as 2; some distributions refuse all with it',
      },
      'kernel.kexec_load_disabled': {
        why: 'Nobody can start another kernel any more.',
        withCare: 'no crash dumps set up later, no fast reboot',
        appliesIf: [isBuilt('KEXEC_CORE')],
      },
      'kernel.unprivileged_bpf_disabled': {
        expected: equals('1', '2'),
        why: 'Programs for the BPF verifier come from privileged users only.',
        appliesIf: bpf,
      },
      'net.core.bpf_jit_harden': {
        expected: equals('2'),
        why: 'Constants of BPF programs are blinded, so that no code can be sprayed.',
        appliesIf: [isBuilt('BPF_JIT')],
      },
      'kernel.modules_disabled': {
        why: 'No module can be loaded any more.',
        severity: 'medium',
        withCare: 'all modules must be loaded before; hot-plugged devices find no driver',
        appliesIf: [isBuilt('MODULES')],
      },
      'kernel.io_uring_disabled': {
        expected: equals('2'),
        sources: ['grsecurity'],
        why: 'io_uring is refused to everybody.',
        severity: 'medium',
        since: '6.6',
        withCare: 'some databases are faster with it',
        appliesIf: [isBuilt('IO_URING')],
      },
      'kernel.sysrq': {
        expected: equals('0'),
        sources: ['A. Popov'],
        why: 'Whoever has the keyboard must not read and kill.',
        severity: 'medium',
        appliesIf: [isBuilt('MAGIC_SYSRQ')],
      },
      'kernel.oops_limit': {
        expected: { is: 'one-of', values: ['100', '1'] },
        sources: ['A. Popov', 'KSPP'],
        why: 'An exploit may not try for ever.',
        severity: 'low',
        since: '6.2',
      },
      'kernel.warn_limit': {
        expected: { is: 'one-of', values: ['100', '1'] },
        sources: ['A. Popov', 'KSPP'],
        why: 'An exploit may not try for ever.',
        severity: 'low',
        since: '6.2',
      },
      'kernel.panic_on_oops': {
        why: 'A kernel that has gone wrong must not go on.',
        severity: 'medium',
        withCare: 'a bug in a driver takes the machine down',
      },
      'kernel.panic': {
        expected: noneOf('0'),
        sources: ['KSPP', 'Drydock'],
        why: 'A kernel that has panicked starts anew instead of hanging for ever.',
        severity: 'low',
      },
      'dev.tty.ldisc_autoload': {
        expected: equals('0'),
        why: 'Users cannot have old line disciplines loaded.',
        since: '5.1',
      },
      'dev.tty.legacy_tiocsti': {
        expected: equals('0'),
        why: 'Nobody types into the terminal of a more privileged program.',
        since: '6.2',
      },
      'user.max_user_namespaces': {
        expected: equals('0'),
        why: 'Nobody gets capabilities from a new user namespace.',
        severity: 'medium',
        withCare: 'rootless containers, user namespaces of Kubernetes pods and browsers need it',
        appliesIf: [isBuilt('USER_NS')],
        alternatives: [[sysctl('kernel.unprivileged_userns_clone', off)]],
      },
      'vm.unprivileged_userfaultfd': {
        expected: equals('0'),
        why: 'Unprivileged users cannot stop the kernel in the middle of a copy.',
        since: '5.2',
        appliesIf: [isBuilt('USERFAULTFD')],
      },
      'vm.memfd_noexec': {
        expected: atLeast(1),
        sources: ['kernel documentation', 'Drydock'],
        why: 'Memory files cannot be run unless asked for.',
        severity: 'low',
        since: '6.3',
        withCare: 'runc before 1.2 runs itself from one',
      },
    },
  ),
  ruleTable(
    'sysctl',
    { expected: equals('1'), sources: ['KSPP'], severity: 'high' },
    {
      'kernel.randomize_va_space': {
        expected: equals('2'),
        why: 'Addresses of processes are random, the heap included.',
        severity: 'critical',
      },
      'kernel.yama.ptrace_scope': {
        expected: equals('3'),
        why: 'No process may trace another.',
        severity: 'medium',
        withCare: 'debuggers and strace do not work; Go programs with gdb neither',
      },
      'fs.protected_symlinks': 'A link in /tmp set by somebody else is not followed.',
      'fs.protected_hardlinks': 'Nobody links to a file that he may not write.',
      'fs.protected_fifos': {
        expected: equals('2'),
        why: 'A pipe in /tmp set by somebody else is not written to.',
        since: '4.19',
        severity: 'medium',
      },
      'fs.protected_regular': {
        expected: equals('2'),
        why: 'A file in /tmp set by somebody else is not written to.',
        since: '4.19',
        severity: 'medium',
      },
      'fs.suid_dumpable': {
        expected: equals('0'),
        why: 'Programs with privileges leave no core files.',
      },
      'vm.mmap_rnd_bits': {
        expected: { is: 'same-as', option: 'ARCH_MMAP_RND_BITS_MAX' },
        sources: ['A. Popov'],
        why: 'Addresses of processes are as random as can be.',
        severity: 'medium',
        since: '4.5',
      },
      'vm.mmap_rnd_compat_bits': {
        expected: { is: 'same-as', option: 'ARCH_MMAP_RND_COMPAT_BITS_MAX' },
        sources: ['A. Popov'],
        why: 'Addresses of 32-bit processes are as random as can be.',
        severity: 'low',
        since: '4.5',
        appliesIf: [isBuilt('COMPAT')],
      },
    },
  ),
  ruleTable(
    'sysctl',
    { expected: atLeast(minimumAddress), sources: ['KSPP'], severity: 'high', architectures: ['x86_64'] },
    { 'vm.mmap_min_addr': 'A null pointer in the kernel must not lead into memory of a process.' },
  ),
  ruleTable(
    'sysctl',
    { expected: atLeast(minimumAddress), sources: ['KSPP'], severity: 'high', architectures: ['arm64'] },
    {
      'vm.mmap_min_addr': {
        why: 'A null pointer in the kernel must not lead into memory of a process.',
        alternatives: [[sysctl('vm.mmap_min_addr', atLeast(32_768)), isBuilt('COMPAT')]],
      },
    },
  ),
].flat()
