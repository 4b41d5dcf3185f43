import { off, on } from '../expectation.ts'
import { isBuilt, isOn, type KernelRule, ruleTable } from '../kernel-rule.ts'

/** Old ways to run programs, and what a process is protected by. */
export const processRules: readonly KernelRule[] = [
  ruleTable(
    'kconfig',
    { expected: off, sources: ['KSPP'], severity: 'medium', architectures: ['x86_64'] },
    {
      X86_MSR: {
        why: "Root can change the processor's registers.",
        sources: ['KSPP', 'lockdown'],
        severity: 'high',
        withCare: 'turbostat and some tools for microcode need it',
      },
      X86_CPUID: { why: 'A device that nothing needs.', sources: ['CLIP OS'], severity: 'low' },
      X86_IOPL_IOPERM: {
        why: 'Root can open all input and output ports to a process.',
        sources: ['CLIP OS'],
      },
      MODIFY_LDT_SYSCALL: {
        why: 'Segments that old 16-bit programs need; has had holes.',
        withCare: 'Wine needs it',
        settableWith: ['EXPERT'],
      },
      X86_16BIT: {
        why: '16-bit programs.',
        sources: ['grsecurity'],
        severity: 'low',
        withCare: 'Wine needs it',
        settableWith: ['EXPERT'],
      },
      X86_VSYSCALL_EMULATION: {
        why: 'Code at a fixed address in every process.',
        withCare: 'programs linked with glibc before 2.14 stop working',
        alternatives: [[isOn('LEGACY_VSYSCALL_NONE')]],
        settableWith: ['EXPERT'],
      },
      COMPAT_VDSO: { why: 'Code at a fixed address in 32-bit processes.', severity: 'high' },
      IA32_EMULATION: {
        why: 'A second set of system calls, less looked at.',
        withCare: '32-bit programs do not run',
        alternatives: [[isOn('IA32_EMULATION_DEFAULT_DISABLED')]],
      },
      X86_X32_ABI: {
        why: 'A third set of system calls that nothing uses.',
        renamedFrom: ['X86_X32'],
      },
      PUNIT_ATOM_DEBUG: { why: 'Debugging of the power unit.', sources: ['grsecurity'], severity: 'low' },
      PROVIDE_OHCI1394_DMA_INIT: {
        why: 'A FireWire cable reads and writes all memory during the boot.',
        sources: ['grsecurity'],
      },
    },
  ),
  ruleTable(
    'kconfig',
    { expected: off, sources: ['KSPP'], severity: 'medium' },
    {
      COMPAT: {
        why: 'A second set of system calls, less looked at.',
        withCare: '32-bit programs do not run',
      },
      BINFMT_MISC: {
        why: 'The kernel starts an interpreter for files it does not know.',
        withCare: 'building images for other architectures needs it',
      },
      BINFMT_AOUT: { why: 'A format of programs that nobody has.', sources: ['grsecurity'], severity: 'low' },
      COMPAT_BRK: { why: 'The heap of a process is not randomised.', severity: 'high' },
      COREDUMP: {
        why: 'Secrets of a process are written to disk.',
        sources: ['CLIP OS'],
        severity: 'low',
        withCare: 'crashes of programs cannot be looked into',
        settableWith: ['EXPERT'],
      },
      BLK_DEV_WRITE_MOUNTED: {
        why: 'Writing to the disk below a mounted file system corrupts the kernel.',
        sources: ['A. Popov'],
        severity: 'medium',
        since: '6.8',
        withCare: 'fsck of a mounted root, and snaps, need it',
      },
    },
  ),
  ruleTable(
    'kconfig',
    { expected: on, sources: ['A. Popov', 'kernel documentation'], severity: 'high' },
    {
      PROC_MEM_NO_FORCE: {
        why: 'Writing to /proc/PID/mem must not go round the permissions of memory.',
        since: '6.12',
        withCare: 'debuggers cannot set breakpoints through it',
      },
      SYN_COOKIES: {
        why: 'A flood of half-open connections does not shut others out.',
        sources: ['KSPP', 'kernel defaults'],
        severity: 'medium',
      },
    },
  ),
  ruleTable(
    'kconfig',
    {
      expected: { is: 'same-as', option: 'ARCH_MMAP_RND_BITS_MAX' },
      sources: ['A. Popov'],
      severity: 'medium',
    },
    {
      ARCH_MMAP_RND_BITS: {
        why: 'Addresses of a process are as random as can be.',
        since: '4.5',
      },
      ARCH_MMAP_RND_COMPAT_BITS: {
        why: 'Addresses of a 32-bit process are as random as can be.',
        expected: { is: 'same-as', option: 'ARCH_MMAP_RND_COMPAT_BITS_MAX' },
        since: '4.5',
        severity: 'low',
        appliesIf: [isBuilt('COMPAT')],
      },
    },
  ),
].flat()
