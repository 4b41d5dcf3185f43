import { absent, equals, listing, noneOf, off, on, onOrBare, present } from '../expectation.ts'
import { isBuilt, isOff, isOn, type KernelRule, kconfig, parameter, ruleTable } from '../kernel-rule.ts'

const securityModules = (item: string) => ({
  name: 'lsm',
  expected: listing(item),
  since: '5.1' as const,
  alternatives: [[parameter('lsm', absent), kconfig('LSM', listing(item))]],
})

/** Parameters that turn a protection on, and what they default to. */
export const cmdlineProtectionRules: readonly KernelRule[] = [
  ruleTable(
    'cmdline',
    { expected: on, sources: ['KSPP'], severity: 'high' },
    {
      init_on_alloc: {
        why: 'Memory is zeroed when handed out.',
        since: '5.3',
        withCare: 'costs about 1 % of speed',
        alternatives: [[isOn('INIT_ON_ALLOC_DEFAULT_ON'), parameter('init_on_alloc', absent)]],
      },
      init_on_free: {
        why: 'Memory is zeroed when given back.',
        since: '5.3',
        severity: 'medium',
        withCare: 'costs 3 to 5 % of speed',
        alternatives: [
          [isOn('INIT_ON_FREE_DEFAULT_ON'), parameter('init_on_free', absent)],
          [isOn('PAGE_POISONING_ZERO'), parameter('page_poison', on), parameter('slub_debug', equals('P'))],
        ],
      },
      slab_nomerge: {
        expected: present,
        why: 'Caches of the same size are kept apart.',
        withCare: 'uses somewhat more memory',
        alternatives: [
          [isOff('SLAB_MERGE_DEFAULT'), parameter('slab_merge', absent), parameter('slub_merge', absent)],
        ],
      },
      'page_alloc.shuffle': {
        expected: onOrBare,
        why: 'The order of free pages is shuffled.',
        since: '5.2',
        severity: 'medium',
      },
      hardened_usercopy: {
        why: 'Copies to and from processes must stay within one object.',
        since: '4.20',
        alternatives: [[isOn('HARDENED_USERCOPY_DEFAULT_ON'), parameter('hardened_usercopy', absent)]],
      },
      randomize_kstack_offset: {
        why: 'Each system call starts at another place of the stack.',
        since: '5.13',
        alternatives: [
          [isOn('RANDOMIZE_KSTACK_OFFSET_DEFAULT'), parameter('randomize_kstack_offset', absent)],
        ],
      },
      'kfence.sample_interval': {
        expected: equals('100'),
        why: 'KFENCE takes a sample every 100 ms; 0 turns it off.',
        since: '5.12',
        severity: 'low',
        alternatives: [
          [kconfig('KFENCE_SAMPLE_INTERVAL', equals('100')), parameter('kfence.sample_interval', absent)],
        ],
      },
      hash_pointers: {
        expected: equals('always'),
        why: 'Addresses in messages stay hashed whatever debugging asks for.',
        since: '6.17',
        severity: 'low',
      },
      lockdown: {
        expected: listing('confidentiality'),
        repeated: 'all',
        why: 'Root can neither change the running kernel nor read its secrets.',
        since: '5.4',
        withCare: 'no kprobes, perf, BPF that reads kernel memory, kexec of unsigned kernels, or hibernation',
        alternatives: [[isOn('LOCK_DOWN_KERNEL_FORCE_CONFIDENTIALITY')]],
      },
      'module.sig_enforce': {
        expected: onOrBare,
        why: 'A module that nobody signed is not loaded.',
        severity: 'critical',
        appliesIf: [isBuilt('MODULES')],
        alternatives: [[isOn('MODULE_SIG_FORCE')]],
      },
      efi: {
        expected: listing('disable_early_pci_dma'),
        repeated: 'all',
        why: 'Devices must not write to memory while the firmware hands over.',
        since: '5.6',
        severity: 'medium',
        withCare: 'some firmware needs its devices until then',
        appliesIf: [isBuilt('EFI')],
        alternatives: [[isOn('EFI_DISABLE_PCI_DMA'), parameter('efi', noneOf('no_disable_early_pci_dma'))]],
      },
      'iommu.passthrough': {
        expected: off,
        sources: ['kernel defaults'],
        why: 'An IOMMU that passes everything through protects nothing.',
        alternatives: [[isOff('IOMMU_DEFAULT_PASSTHROUGH'), parameter('iommu.passthrough', absent)]],
      },
      'iommu.strict': {
        why: 'A device loses its access at once.',
        withCare: 'costs speed with fast network and storage devices',
        alternatives: [[isOn('IOMMU_DEFAULT_DMA_STRICT'), parameter('iommu.strict', absent)]],
      },
    },
  ),
  ruleTable(
    'cmdline',
    { expected: off, sources: ['A. Popov'], severity: 'medium' },
    {
      bdev_allow_write_mounted: {
        why: 'Writing to the disk below a mounted file system corrupts the kernel.',
        since: '6.8',
        withCare: 'fsck of a mounted root, and snaps, need it',
        alternatives: [[isOff('BLK_DEV_WRITE_MOUNTED'), parameter('bdev_allow_write_mounted', absent)]],
      },
      'proc_mem.force_override': {
        expected: equals('never'),
        why: 'Writing to /proc/PID/mem must not go round the permissions of memory.',
        since: '6.12',
        withCare: 'debuggers cannot set breakpoints through it',
        alternatives: [[isOn('PROC_MEM_NO_FORCE'), parameter('proc_mem.force_override', absent)]],
      },
      debugfs: {
        expected: equals('off'),
        sources: ['grsecurity'],
        why: 'Each driver shows there what it likes, unreviewed.',
        since: '5.9',
        withCare: 'some monitoring and tools for GPUs read it',
        alternatives: [[isOff('DEBUG_FS')], [isOn('DEBUG_FS_ALLOW_NONE'), parameter('debugfs', absent)]],
      },
    },
  ),
  ruleTable(
    'cmdline',
    { expected: present, sources: ['KSPP'], severity: 'medium' },
    {
      nosmt: {
        why: 'Threads of one core spy on each other through shared buffers.',
        withCare: 'half of the threads are gone',
      },
      'lsm.lockdown': { ...securityModules('lockdown'), why: 'The list of security modules keeps lockdown.' },
      'lsm.yama': { ...securityModules('yama'), why: 'The list of security modules keeps Yama.' },
      'lsm.landlock': { ...securityModules('landlock'), why: 'The list of security modules keeps Landlock.' },
    },
  ),
  ruleTable(
    'cmdline',
    { expected: on, sources: ['KSPP'], severity: 'medium', architectures: ['x86_64'] },
    {
      intel_iommu: {
        expected: { is: 'listing', items: ['on'], without: ['off'] },
        repeated: 'all',
        why: "Intel's IOMMU is used.",
        appliesIf: [isBuilt('INTEL_IOMMU')],
        alternatives: [[isOn('INTEL_IOMMU_DEFAULT_ON'), parameter('intel_iommu', noneOf('off'))]],
      },
      iommu: {
        expected: { is: 'listing', items: ['force'], without: ['off', 'pt'] },
        repeated: 'all',
        sources: ['CLIP OS'],
        why: 'The IOMMU is used even where it seems not needed.',
        severity: 'low',
        withCare: 'some machines do not boot with it',
      },
      cfi: {
        expected: equals('kcfi'),
        why: 'kCFI checks at the caller; FineIBT at the callee, and can be gone around.',
        since: '6.2',
        appliesIf: [isBuilt('FINEIBT')],
        alternatives: [[isOff('CFI_AUTO_DEFAULT'), parameter('cfi', absent)]],
      },
      vsyscall: {
        expected: equals('none'),
        why: 'Code at a fixed address in every process.',
        withCare: 'programs linked with glibc before 2.14 stop working',
        alternatives: [
          [isOff('X86_VSYSCALL_EMULATION')],
          [isOn('LEGACY_VSYSCALL_NONE'), parameter('vsyscall', absent)],
        ],
      },
      vdso32: {
        expected: equals('0'),
        why: 'Code at a fixed address in 32-bit processes.',
        alternatives: [[isOff('COMPAT_VDSO'), parameter('vdso32', absent)]],
      },
      ia32_emulation: {
        expected: off,
        why: 'A second set of system calls, less looked at.',
        since: '6.7',
        withCare: '32-bit programs do not run',
        alternatives: [
          [isOff('IA32_EMULATION')],
          [isOn('IA32_EMULATION_DEFAULT_DISABLED'), parameter('ia32_emulation', absent)],
        ],
      },
      tsx: {
        expected: equals('off'),
        sources: ['kernel defaults'],
        why: 'Transactions were the way into several data leaks.',
        since: '5.4',
        withCare: 'programs that use transactional memory get slower',
        appliesIf: [isBuilt('CPU_SUP_INTEL')],
        alternatives: [[isOn('X86_INTEL_TSX_MODE_OFF'), parameter('tsx', absent)]],
      },
    },
  ),
  ruleTable(
    'cmdline',
    { expected: equals('full'), sources: ['kernel defaults'], severity: 'high', architectures: ['arm64'] },
    {
      'rodata.full': {
        name: 'rodata',
        why: 'Read-only data must not be writable through its other mapping either.',
        removedIn: '6.18',
        removedBecause: '`on`, the default, means the same',
        alternatives: [[isOn('RODATA_FULL_DEFAULT_ENABLED'), parameter('rodata', absent)]],
      },
    },
  ),
].flat()
