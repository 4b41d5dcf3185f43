import { absent, equals, noneOf, notOff } from '../expectation.ts'
import { isOff, type KernelRule, parameter, ruleTable } from '../kernel-rule.ts'

/** `mitigations=off` turns all of them off, whatever else is said. */
const mitigated = [parameter('mitigations', noneOf('off'))]

/** Parameters that would take a protection away. */
export const cmdlineWeakeningRules: readonly KernelRule[] = [
  ruleTable(
    'cmdline',
    { expected: absent, sources: ['kernel defaults'], severity: 'high' },
    {
      nokaslr: { why: 'The kernel would lie where everybody knows.', severity: 'critical' },
      no_hash_pointers: { why: 'Messages would tell addresses.', severity: 'medium' },
      norandmaps: { why: 'Addresses of processes would not be random.', severity: 'critical' },
      nospectre_v1: { why: 'Spectre v1 would not be mitigated.', architectures: ['x86_64'] },
      nospectre_v2: { why: 'Spectre v2 would not be mitigated.', severity: 'critical' },
      slab_merge: { why: 'Caches of the same size would be merged.', sources: ['KSPP'] },
      slub_merge: { why: 'Caches of the same size would be merged.', sources: ['KSPP'] },
      'slab_common.usercopy_fallback': {
        why: 'Copies outside the part of an object meant for it would only be reported.',
        sources: ['KSPP'],
        severity: 'medium',
        prerequisites: [isOff('HARDENED_USERCOPY_FALLBACK')],
      },
      sysrq_always_enabled: {
        why: 'Whoever has the keyboard could read and kill.',
        sources: ['GrapheneOS'],
        severity: 'medium',
      },
      cfi_permissive: {
        name: 'cfi',
        expected: noneOf('off', 'warn'),
        sources: ['kernel documentation', 'Drydock'],
        why: 'A wrong indirect call would be let through.',
        architectures: ['x86_64'],
      },
      rodata: {
        expected: noneOf('off', '0', 'n', 'no', 'false'),
        why: 'Kernel code would be writable.',
        severity: 'critical',
      },
      'rodata.alias': {
        name: 'rodata',
        expected: noneOf('noalias'),
        sources: ['kernel documentation', 'Drydock'],
        why: 'Read-only data would be writable through its other mapping.',
        architectures: ['arm64'],
      },
      selinux: {
        expected: noneOf('0'),
        why: 'SELinux would be off.',
        sources: ['CIS', 'Drydock'],
      },
      apparmor: {
        expected: noneOf('0'),
        why: 'AppArmor would be off.',
        sources: ['CIS', 'Drydock'],
      },
      enforcing: {
        expected: noneOf('0'),
        why: 'SELinux would only report.',
        sources: ['CIS', 'Drydock'],
        severity: 'medium',
      },
    },
  ),
  ruleTable(
    'cmdline',
    { expected: absent, sources: ['kernel defaults'], severity: 'high', architectures: ['x86_64'] },
    {
      nosmep: {
        why: 'The kernel would run code of a process.',
        severity: 'critical',
        removedIn: '5.19',
        removedBecause: 'the kernel ignores it',
      },
      nosmap: {
        why: 'The kernel would reach memory of a process by mistake.',
        severity: 'critical',
        removedIn: '5.19',
        removedBecause: 'the kernel ignores it',
      },
      clearcpuid: { why: 'Any protection of the processor can be hidden with it.', severity: 'critical' },
      setcpuid: { why: 'A processor would be taken for what it is not.', severity: 'medium' },
      dis_ucode_ldr: { why: "The processor's bugs would not be mended." },
      microcode: {
        expected: noneOf('dis_ucode_ldr'),
        sources: ['kernel documentation', 'Drydock'],
        why: "The processor's bugs would not be mended.",
      },
      nopti: { why: 'Meltdown would not be mitigated.', severity: 'critical' },
      nospec_store_bypass_disable: { why: 'Spectre v4 would not be mitigated.' },
      ibt: {
        expected: noneOf('off'),
        sources: ['kernel documentation', 'Drydock'],
        why: 'Indirect branches in the kernel could land anywhere.',
      },
      nousershstk: {
        sources: ['kernel documentation', 'Drydock'],
        why: 'Processes could not protect their return addresses.',
        severity: 'medium',
      },
    },
  ),
  ruleTable(
    'cmdline',
    { expected: absent, sources: ['kernel defaults'], severity: 'high', architectures: ['arm64'] },
    {
      nospectre_bhb: 'Branch history injection would not be mitigated.',
      'arm64.nobti': 'Indirect branches could land anywhere.',
      'arm64.nopauth': 'Return addresses would not be signed.',
      'arm64.nomte': { why: 'Memory tags would be off.', severity: 'medium' },
      'arm64.nogcs': { why: 'Processes could not protect their return addresses.', severity: 'medium' },
      mitigations: {
        expected: equals('auto'),
        why: 'All mitigations of processor bugs are left on.',
        severity: 'critical',
        alternatives: [[parameter('mitigations', absent)]],
      },
      kpti: { expected: notOff, why: 'Meltdown is mitigated.', prerequisites: mitigated },
      ssbd: {
        expected: equals('kernel', 'force-on'),
        why: 'Spectre v4 is mitigated.',
        prerequisites: mitigated,
        alternatives: [[parameter('ssbd', absent), ...mitigated]],
      },
    },
  ),
  ruleTable(
    'cmdline',
    {
      expected: noneOf('off'),
      sources: ['kernel defaults'],
      severity: 'high',
      architectures: ['x86_64'],
      prerequisites: mitigated,
    },
    {
      spectre_v2: { why: 'Indirect branches can be trained from outside.', severity: 'critical' },
      spectre_v2_user: 'Processes can train the branches of each other.',
      spectre_bhi: 'Branch history injected by a process steers the kernel.',
      spec_store_bypass_disable: 'Loads run ahead of the stores they depend on.',
      l1tf: 'Page table entries that are not present still read the first-level cache.',
      mds: 'Stale data of processor buffers can be sampled.',
      tsx_async_abort: 'Aborted transactions leak stale data.',
      srbds: 'Random numbers of one core leak to another.',
      mmio_stale_data: 'Accesses to devices leak stale data.',
      retbleed: 'Returns are predicted from a poisoned branch buffer.',
      spec_rstack_overflow: 'Inception overflows the return predictor.',
      gather_data_sampling: 'Gather instructions read stale vector registers.',
      reg_file_data_sampling: 'Atom cores leak stale register files.',
      tsa: 'The time a store takes leaks its data.',
      indirect_target_selection: 'Indirect branches in half of a cache line can be steered.',
      vmscape: 'A virtual machine trains the branches of the program that runs it.',
    },
  ),
  ruleTable(
    'cmdline',
    { expected: equals('on'), sources: ['KSPP'], severity: 'medium', architectures: ['x86_64'] },
    {
      mitigations: {
        expected: equals('auto,nosmt'),
        why: 'All mitigations are on, and threads of one core do not spy on each other.',
        severity: 'high',
        withCare: 'half of the threads are gone on processors with bugs',
      },
      'mitigations.vectors': {
        name: 'mitigations',
        expected: noneOf(
          'no_user_kernel',
          'no_user_user',
          'no_guest_host',
          'no_guest_guest',
          'no_cross_thread',
        ),
        sources: ['kernel documentation', 'Drydock'],
        why: 'No kind of attack is left out of the mitigations.',
      },
      pti: {
        why: 'Meltdown is mitigated whatever the processor says of itself.',
        withCare: 'costs speed on processors without the bug',
        prerequisites: [parameter('nopti', absent), ...mitigated],
      },
    },
  ),
].flat()
