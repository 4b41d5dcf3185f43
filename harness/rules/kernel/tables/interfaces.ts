import { equals, off, offAndKnown, on } from '../expectation.ts'
import { isBuilt, type KernelRule, kconfig, ruleTable } from '../kernel-rule.ts'

const noSysrqAtBoot = [kconfig('MAGIC_SYSRQ_DEFAULT_ENABLE', equals('0x0'))]

/** System calls, devices and files through which a process reaches the kernel. */
export const interfaceRules: readonly KernelRule[] = [
  ruleTable(
    'kconfig',
    { expected: on, sources: ['kernel defaults'], severity: 'high' },
    {
      SECCOMP: { why: 'A process can give up system calls.', severity: 'critical' },
      SECCOMP_FILTER: { why: 'Containers are kept to the system calls they need.', severity: 'critical' },
      BPF_UNPRIV_DEFAULT_OFF: {
        why: 'Programs for the BPF verifier come from privileged users only.',
        since: '5.13',
        appliesIf: [isBuilt('BPF_SYSCALL')],
      },
      BPF_JIT_ALWAYS_ON: {
        why: 'The BPF interpreter is a gadget for Spectre attacks.',
        sources: ['kernel documentation', 'Drydock'],
        since: '4.15',
        severity: 'medium',
        appliesIf: [isBuilt('BPF_SYSCALL')],
      },
      STRICT_DEVMEM: {
        why: '/dev/mem must not show the memory that the kernel uses.',
        severity: 'critical',
        appliesIf: [isBuilt('DEVMEM')],
      },
      IO_STRICT_DEVMEM: {
        why: '/dev/mem must not show the registers of devices in use.',
        sources: ['KSPP'],
        since: '4.5',
        appliesIf: [isBuilt('DEVMEM')],
      },
      SECURITY_DMESG_RESTRICT: {
        why: "The kernel's log, with its addresses, is for privileged users.",
        sources: ['KSPP'],
        severity: 'medium',
      },
      SCHED_CORE: {
        why: 'Only tasks that trust each other share a core.',
        sources: ['KSPP'],
        since: '5.14',
        severity: 'medium',
      },
    },
  ),
  ruleTable(
    'kconfig',
    { expected: off, sources: ['KSPP'], severity: 'high' },
    {
      DEVMEM: {
        why: 'All physical memory as a file.',
        sources: ['KSPP', 'lockdown'],
        severity: 'critical',
        withCare: 'dmidecode and some old drivers read it',
      },
      DEVKMEM: { why: 'All kernel memory as a file.', severity: 'critical' },
      DEVPORT: { why: 'All input and output ports as a file.', sources: ['grsecurity', 'lockdown'] },
      PROC_KCORE: {
        why: 'All kernel memory as a core file.',
        sources: ['KSPP', 'lockdown'],
        severity: 'critical',
      },
      PROC_VMCORE: {
        why: 'The memory of the crashed kernel as a core file.',
        sources: ['grsecurity'],
        severity: 'medium',
        withCare: 'no crash dumps',
      },
      PROC_PAGE_MONITOR: {
        why: 'Tells which physical pages a process has, which Rowhammer needs.',
        sources: ['grsecurity'],
        severity: 'medium',
        withCare: 'checkpoint and restore, and memory accounting by smaps, need it',
        settableWith: ['EXPERT'],
      },
      KEXEC: {
        why: 'Root can start another kernel, signed or not.',
        withCare: 'no crash dumps with the old call',
      },
      KEXEC_FILE: {
        why: 'Root can start another kernel.',
        sources: ['CLIP OS'],
        severity: 'medium',
        withCare: 'no crash dumps and no fast reboot',
      },
      KEXEC_HANDOVER: {
        why: 'Memory prepared by one kernel is trusted by the next.',
        sources: ['Drydock'],
        severity: 'medium',
        withCare: 'live update of hosts of virtual machines needs it',
      },
      CRASH_DUMP: {
        why: 'A second kernel that reads all memory of the first.',
        sources: ['CLIP OS'],
        severity: 'medium',
        withCare: 'no crash dumps',
      },
      CRASH_DM_CRYPT: {
        why: 'Keys of encrypted disks are handed to the kernel for crash dumps.',
        sources: ['A. Popov'],
        severity: 'medium',
      },
      HIBERNATION: {
        why: 'A changed image on disk becomes the running kernel.',
        sources: ['KSPP', 'lockdown'],
      },
      BPF_SYSCALL: {
        why: 'The BPF verifier has had many holes.',
        sources: ['lockdown'],
        severity: 'medium',
        withCare: 'systemd, runc with cgroup v2 and Kubernetes networks such as Cilium need it',
      },
      USERFAULTFD: {
        why: 'Stops the kernel in the middle of a copy for as long as an exploit needs.',
        sources: ['grsecurity'],
        severity: 'medium',
        withCare: 'live migration of virtual machines needs it',
      },
      IO_URING: {
        why: 'A second way to make system calls, not seen by seccomp, with many holes.',
        sources: ['grsecurity'],
        severity: 'medium',
        withCare: 'some databases are faster with it',
        settableWith: ['EXPERT'],
      },
      USER_NS: {
        why: 'Gives every user the capabilities that most exploits start from.',
        sources: ['CLIP OS'],
        severity: 'medium',
        withCare: 'rootless containers, user namespaces of Kubernetes pods and browsers need it',
      },
      CHECKPOINT_RESTORE: {
        why: 'Lets processes look into and rebuild each other.',
        sources: ['grsecurity'],
        severity: 'low',
        withCare: 'CRIU and checkpointing of containers need it',
      },
      KCMP: {
        why: 'Compares kernel pointers of two processes.',
        sources: ['grsecurity'],
        severity: 'low',
        withCare: 'systemd and Mesa use it',
        settableWith: ['EXPERT'],
      },
      RSEQ: {
        why: 'A system call that few programs need.',
        sources: ['grsecurity'],
        severity: 'low',
        withCare: 'glibc and tcmalloc are faster with it',
        settableWith: ['EXPERT'],
      },
      AIO: {
        why: 'An old system call with many holes.',
        sources: ['CLIP OS'],
        severity: 'low',
        withCare: 'QEMU, nginx and databases use it',
        settableWith: ['EXPERT'],
      },
      CACHESTAT_SYSCALL: {
        why: 'Tells which pages of a file are cached: a side channel.',
        sources: ['grsecurity'],
        severity: 'low',
        settableWith: ['EXPERT'],
      },
      SYSCALL_USER_DISPATCH: {
        why: 'A process can have its system calls handed back to it, past what watches the rest: for emulators.',
        sources: ['Drydock'],
        severity: 'low',
        withCare: 'Wine needs it for some programs',
        since: '7.3',
      },
      USELIB: { why: 'An old system call that nothing uses.', sources: ['grsecurity'], severity: 'low' },
      KALLSYMS: {
        why: 'A table of all addresses of the kernel.',
        sources: ['CLIP OS'],
        severity: 'low',
        withCare: 'traces after a crash are numbers only; perf and BPF need it',
        settableWith: ['EXPERT'],
      },
      KSM: {
        why: 'Merging equal pages tells one process of the memory of another.',
        sources: ['CLIP OS'],
        severity: 'medium',
        withCare: 'hosts of virtual machines use more memory',
      },
      MEM_SOFT_DIRTY: {
        why: 'Tells which pages a process wrote to.',
        sources: ['grsecurity'],
        severity: 'low',
        withCare: 'checkpointing of containers in steps needs it',
      },
      MAGIC_SYSRQ: {
        why: 'Whoever has the keyboard can read and kill.',
        sources: ['CLIP OS'],
        severity: 'medium',
        alternatives: [noSysrqAtBoot],
      },
      MAGIC_SYSRQ_SERIAL: {
        why: 'Whoever has the serial line can read and kill.',
        sources: ['GrapheneOS'],
        severity: 'medium',
        alternatives: [noSysrqAtBoot],
      },
      LEGACY_TIOCSTI: {
        why: 'Types into the terminal of a more privileged program.',
        since: '6.2',
        expected: offAndKnown,
      },
      LDISC_AUTOLOAD: {
        why: 'Any user can have old line disciplines loaded, which have had many holes.',
        since: '5.1',
        expected: offAndKnown,
      },
      LEGACY_PTYS: { why: 'Terminals that anybody may open.', severity: 'low' },
      ACPI_CUSTOM_METHOD: { why: 'Root can run code of its own in the ACPI interpreter.' },
      ACPI_CONFIGFS: {
        why: 'Root can load ACPI tables of its own.',
        sources: ['grsecurity'],
        severity: 'medium',
      },
      ACPI_TABLE_UPGRADE: {
        why: 'The initial ramdisk can replace ACPI tables.',
        sources: ['CLIP OS'],
        severity: 'medium',
      },
      EFI_CUSTOM_SSDT_OVERLAYS: {
        why: 'A variable of the firmware can add ACPI tables.',
        sources: ['CLIP OS'],
        severity: 'medium',
      },
      EFI_TEST: { why: 'Firmware services for tests, open to root.', sources: ['lockdown'], severity: 'low' },
    },
  ),
].flat()
