import { atLeast, off, on } from '../expectation.ts'
import { isBuilt, isOn, type KernelRule, kconfig, ruleTable } from '../kernel-rule.ts'

const minimumAddress = 65_536

/** What of the kernel's memory may be written, executed, found or run over. */
export const kernelMemoryRules: readonly KernelRule[] = [
  ruleTable(
    'kconfig',
    { expected: on, sources: ['kernel defaults', 'KSPP'], severity: 'critical' },
    {
      STRICT_KERNEL_RWX: {
        why: 'Kernel code must not be writable, nor kernel data executable.',
        since: '4.11',
        renamedFrom: ['DEBUG_RODATA'],
      },
      STRICT_MODULE_RWX: {
        why: "A module's code must not be writable, nor its data executable.",
        since: '4.11',
        renamedFrom: ['DEBUG_SET_MODULE_RONX'],
        appliesIf: [isBuilt('MODULES')],
      },
      RANDOMIZE_BASE: 'An exploit that must guess where the kernel lies fails mostly.',
      VMAP_STACK: {
        why: 'A guard page stops a kernel stack that overflows.',
        since: '4.9',
      },
    },
  ),
  ruleTable(
    'kconfig',
    { expected: on, sources: ['kernel defaults', 'KSPP'], severity: 'high' },
    {
      BUG: 'Without it the kernel goes on after it found itself corrupt.',
      THREAD_INFO_IN_TASK: 'thread_info off the stack cannot be overwritten by a stack overflow.',
      REFCOUNT_FULL: {
        why: 'A reference counter that overflows frees an object in use.',
        since: '4.13',
        removedIn: '5.4.208',
        removedBecause: 'every kernel checks its reference counters in full',
      },
      DEBUG_WX: {
        why: 'The kernel looks for pages both writable and executable when it boots, and says so.',
        since: '4.4',
      },
      WERROR: {
        why: 'A warning of the compiler about the kernel must be looked at, not scroll by.',
        since: '5.15',
        severity: 'low',
        withCare: 'a newer compiler with new warnings breaks the build',
      },
    },
  ),
  ruleTable(
    'kconfig',
    { expected: on, sources: ['kernel defaults', 'KSPP'], severity: 'high', architectures: ['x86_64'] },
    {
      RANDOMIZE_MEMORY: {
        why: 'The direct map, vmalloc and vmemmap areas are hidden as the kernel image is.',
        since: '4.8',
        prerequisites: [isOn('RANDOMIZE_BASE')],
      },
      X86_MCE: { why: 'Broken memory is noticed before it becomes wrong data.', severity: 'medium' },
      X86_MCE_INTEL: {
        why: 'Machine checks of Intel processors are understood.',
        severity: 'medium',
        appliesIf: [isBuilt('CPU_SUP_INTEL')],
      },
      X86_MCE_AMD: {
        why: 'Machine checks of AMD processors are understood.',
        severity: 'medium',
        appliesIf: [isBuilt('CPU_SUP_AMD')],
      },
    },
  ),
  ruleTable(
    'kconfig',
    { expected: on, sources: ['KSPP'], severity: 'high' },
    {
      RANDOMIZE_KSTACK_OFFSET_DEFAULT: {
        why: 'Each system call starts at another place of the stack, so its layout cannot be learnt.',
        sources: ['KSPP', 'kernel documentation'],
        since: '5.13',
      },
      DEBUG_VIRTUAL: {
        why: 'Wrong conversions between virtual and physical addresses are caught.',
        severity: 'low',
        withCare: 'costs some speed',
      },
      DEBUG_SG: {
        why: 'Broken scatter-gather lists are caught before a device follows them.',
        severity: 'low',
      },
      DEBUG_CREDENTIALS: {
        why: 'Forged or freed credentials are caught.',
        severity: 'low',
        removedIn: '6.6.8',
        removedBecause: 'dropped by its maintainers',
      },
      DEBUG_NOTIFIERS: {
        why: 'A notifier chain that was tampered with is caught before it is called.',
        severity: 'low',
        alternatives: [[kconfig('CFI', on, ['CFI_CLANG']), kconfig('CFI_PERMISSIVE', off)]],
      },
      SCHED_STACK_END_CHECK: {
        why: 'A kernel stack that ran over its end is caught when it is switched away from.',
        severity: 'medium',
        alternatives: [[isOn('VMAP_STACK')]],
      },
      PANIC_ON_OOPS: {
        why: 'A kernel that has gone wrong must not go on: an exploit gets one try.',
        severity: 'medium',
        withCare: 'a bug in a driver takes the machine down',
      },
      MSEAL_SYSTEM_MAPPINGS: {
        why: 'The vdso and other system mappings of a process cannot be remapped or changed.',
        sources: ['kernel documentation', 'Drydock'],
        severity: 'medium',
        since: '6.15',
        withCare: 'breaks checkpoint and restore, gVisor and rr',
      },
    },
  ),
  ruleTable(
    'kconfig',
    { expected: atLeast(minimumAddress), sources: ['KSPP'], severity: 'high', architectures: ['x86_64'] },
    {
      DEFAULT_MMAP_MIN_ADDR: 'A null pointer in the kernel must not lead into memory of a process.',
      LSM_MMAP_MIN_ADDR: {
        why: 'The lowest address that may be mapped holds for root too.',
        sources: ['kernel defaults'],
        appliesIf: [isOn('SECURITY_SELINUX')],
      },
    },
  ),
  ruleTable(
    'kconfig',
    {
      expected: atLeast(minimumAddress),
      sources: ['KSPP'],
      severity: 'high',
      architectures: ['arm64'],
    },
    {
      DEFAULT_MMAP_MIN_ADDR: {
        why: 'A null pointer in the kernel must not lead into memory of a process.',
        alternatives: [[kconfig('DEFAULT_MMAP_MIN_ADDR', atLeast(32_768)), isOn('COMPAT')]],
      },
      LSM_MMAP_MIN_ADDR: {
        why: 'The lowest address that may be mapped holds for root too.',
        sources: ['A. Popov'],
        appliesIf: [isOn('SECURITY_SELINUX')],
        alternatives: [[kconfig('LSM_MMAP_MIN_ADDR', atLeast(32_768)), isOn('COMPAT')]],
      },
    },
  ),
].flat()
