import { equals, listing, off, on } from '../expectation.ts'
import { isBuilt, isOn, type KernelRule, ruleTable } from '../kernel-rule.ts'

const modules = [isBuilt('MODULES')]

/** Who may change the kernel, and the security modules that say no. */
export const integrityRules: readonly KernelRule[] = [
  ruleTable(
    'kconfig',
    { expected: on, sources: ['KSPP'], severity: 'high', appliesIf: modules },
    {
      MODULE_SIG: { why: 'A module says who built it.', severity: 'critical' },
      MODULE_SIG_ALL: { why: 'Every module is signed when it is built.', severity: 'medium' },
      MODULE_SIG_SHA512: {
        why: 'The signature rests on a strong hash.',
        severity: 'medium',
        alternatives: [[isOn('MODULE_SIG_SHA3_512')]],
      },
      MODULE_SIG_FORCE: {
        why: 'A module that nobody signed is not loaded, not even by root.',
        sources: ['KSPP', 'lockdown'],
        severity: 'critical',
        withCare: 'modules built outside the kernel must be signed too',
      },
      TRIM_UNUSED_KSYMS: {
        why: 'Symbols that no module of this build needs are not offered.',
        sources: ['A. Popov'],
        since: '4.7',
        severity: 'low',
        withCare: 'modules built outside the kernel may miss a symbol',
      },
    },
  ),
  ruleTable(
    'kconfig',
    { expected: on, sources: ['KSPP'], severity: 'high' },
    {
      SECURITY: {
        why: 'Security modules are possible at all.',
        sources: ['kernel defaults'],
        severity: 'critical',
      },
      SECURITY_LOCKDOWN_LSM: { why: 'Root can be kept from changing the running kernel.', since: '5.4' },
      SECURITY_LOCKDOWN_LSM_EARLY: {
        why: 'Lockdown holds for the parameters of the boot too.',
        since: '5.4',
      },
      LOCK_DOWN_KERNEL_FORCE_CONFIDENTIALITY: {
        why: 'Root can neither change the running kernel nor read its secrets, from the first moment.',
        since: '5.4',
        withCare: 'no kprobes, perf, BPF that reads kernel memory, kexec of unsigned kernels, or hibernation',
      },
      STATIC_USERMODEHELPER: {
        why: 'The kernel starts only one, fixed program: a corrupted path runs nothing.',
        since: '4.11',
        withCare: 'that program must be in the image, or modprobe and core dump helpers do nothing',
      },
      SECURITY_YAMA: {
        why: 'One process must not read another of the same user at will.',
        severity: 'medium',
      },
      SECURITY_LANDLOCK: { why: 'A program can lock itself up.', since: '5.13', severity: 'medium' },
      SECURITY_SELINUX: {
        why: 'A mandatory access control confines services.',
        sources: ['A. Popov'],
        alternatives: [[isOn('SECURITY_APPARMOR')], [isOn('SECURITY_SMACK')], [isOn('SECURITY_TOMOYO')]],
      },
    },
  ),
  ruleTable(
    'kconfig',
    { expected: on, sources: ['KSPP'], severity: 'high' },
    {
      'LSM.lockdown': {
        name: 'LSM',
        expected: listing('lockdown'),
        why: 'Lockdown is built in and also started.',
        since: '5.1',
      },
      'LSM.yama': {
        name: 'LSM',
        expected: listing('yama'),
        why: 'Yama is built in and also started.',
        since: '5.1',
      },
      'LSM.landlock': {
        name: 'LSM',
        expected: listing('landlock'),
        why: 'Landlock is built in and also started.',
        since: '5.1',
        severity: 'medium',
      },
      'LSM.mandatory': {
        name: 'LSM',
        expected: listing('selinux', 'apparmor', 'smack', 'tomoyo'),
        sources: ['A. Popov'],
        why: 'A mandatory access control is built in and also started.',
        since: '5.1',
      },
    },
  ),
  ruleTable(
    'kconfig',
    { expected: off, sources: ['KSPP'], severity: 'medium' },
    {
      SECURITY_SELINUX_DISABLE: { why: 'SELinux must not be turned off at run time.', severity: 'high' },
      SECURITY_SELINUX_BOOTPARAM: 'SELinux must not be turned off by a parameter.',
      SECURITY_SELINUX_DEVELOP: {
        why: 'SELinux must refuse, not only report.',
        withCare: 'a policy can no longer be tried out in permissive mode',
      },
      SECURITY_SELINUX_DEBUG: { why: 'Debugging aids of SELinux tell of its decisions.', severity: 'low' },
      SECURITY_WRITABLE_HOOKS: { why: 'The table of security hooks must be read-only.', severity: 'high' },
      MODULE_FORCE_LOAD: { why: 'A module for another kernel must not be forced in.', severity: 'high' },
      MODULES: {
        why: 'A kernel without modules takes in no foreign code.',
        withCare: 'everything the machine needs must be built in; most images cannot live with it',
      },
      LIVEPATCH: {
        why: "A path to replace the running kernel's functions.",
        sources: ['A. Popov'],
        severity: 'low',
      },
      TRUSTED_KEYS_DEBUG: {
        why: 'Debugging of trusted keys writes key material to the log.',
        sources: ['kernel documentation', 'Drydock'],
      },
    },
  ),
  ruleTable(
    'kconfig',
    { expected: equals('-1'), sources: ['KSPP'], severity: 'low' },
    {
      PANIC_TIMEOUT: {
        why: 'A kernel that has panicked starts anew at once.',
        withCare: 'the panic must be seen on a serial console or in pstore',
      },
    },
  ),
].flat()
