import { off } from '../expectation.ts'
import { isOn, type KernelRule, ruleTable } from '../kernel-rule.ts'

/** Tracing, fault injection and tests: made to look into the kernel or to break it. */
export const debuggingRules: readonly KernelRule[] = [
  ruleTable(
    'kconfig',
    { expected: off, sources: ['grsecurity'], severity: 'medium' },
    {
      DEBUG_FS: {
        why: 'Each driver shows there what it likes, unreviewed.',
        withCare: 'some monitoring and tools for GPUs read it',
        alternatives: [[isOn('DEBUG_FS_ALLOW_NONE')]],
      },
      KGDB: { why: 'A debugger of the kernel on the serial line.', severity: 'high' },
      KPROBES: {
        why: 'Code anywhere in the kernel, put there by root.',
        sources: ['lockdown'],
        withCare: 'BPF tracing needs it',
      },
      KPROBE_EVENTS: { why: 'Kernel memory can be read through probes.', withCare: 'BPF tracing needs it' },
      UPROBE_EVENTS: {
        why: 'Memory of any process can be read through probes.',
        withCare: 'BPF tracing needs it',
      },
      FTRACE: {
        why: "The kernel's code is made to be rewritten.",
        sources: ['A. Popov'],
        withCare: 'perf and BPF tracing need it',
      },
      FUNCTION_TRACER: {
        why: 'Each kernel function can be hooked.',
        withCare: 'BPF tracing and live patches need it',
      },
      GENERIC_TRACER: 'The base of all tracers.',
      STACK_TRACER: { why: 'Tells how deep the kernel stack goes.', severity: 'low' },
      HIST_TRIGGERS: { why: 'Histograms of kernel data.', severity: 'low' },
      ENABLE_DEFAULT_TRACERS: { why: 'Events of the kernel can be traced.', severity: 'low' },
      PREEMPTIRQ_TRACEPOINTS: { why: 'Tells when interrupts are off: a side channel.', severity: 'low' },
      BLK_DEV_IO_TRACE: { why: 'Tells of all accesses to disks.', severity: 'low' },
      LATENCYTOP: { why: 'Tells where in the kernel processes wait.', severity: 'low' },
      MMIOTRACE: { why: 'Accesses to devices can be traced.', sources: ['A. Popov'] },
      MMIOTRACE_TEST: { why: 'A test module that writes to any device.', sources: ['lockdown'] },
      CORESIGHT: {
        why: 'Hardware that traces each instruction.',
        sources: ['A. Popov'],
        severity: 'low',
        architectures: ['arm64'],
      },
      PTDUMP_DEBUGFS: {
        why: 'Shows the page tables of the kernel, hence where all lies.',
        renamedFrom: ['X86_PTDUMP', 'ARM64_PTDUMP_DEBUGFS', 'ARM_PTDUMP_DEBUGFS', 'ARM_PTDUMP'],
      },
      DEBUG_KMEMLEAK: { why: 'Tells of all allocations, and can be slow enough to hang.', severity: 'low' },
      ZSMALLOC_STAT: { why: 'Tells of the state of an allocator.', severity: 'low' },
      DEBUG_CLOSURES: {
        why: 'Tells of the state of block caches.',
        severity: 'low',
        renamedFrom: ['BCACHE_CLOSURES_DEBUG'],
      },
      SUNRPC_DEBUG: { why: 'Chatter about remote calls.', severity: 'low' },
      EDAC_DEBUG: { why: 'Fakes memory errors.', severity: 'low' },
      DRM_I915_DEBUG: { why: 'Checks that open further files.', severity: 'low' },
      XFS_ONLINE_SCRUB_STATS: { why: 'Tells of the state of a file system.', severity: 'low', since: '6.6' },
      SECCOMP_CACHE_DEBUG: {
        why: 'Tells which system calls a filter lets through.',
        sources: ['A. Popov'],
        severity: 'low',
      },
      PROVE_LOCKING: { why: 'A debugging aid that opens further files.', severity: 'low' },
      KCOV: { why: 'Tells which code of the kernel has run.', severity: 'low' },
      HWPOISON_INJECT: 'Breaks pages on request.',
      NOTIFIER_ERROR_INJECTION: 'Makes kernel functions fail on request.',
      FAIL_FUTEX: 'Makes futexes fail on request.',
      FAULT_INJECTION: { why: 'Makes the kernel fail on request.', sources: ['A. Popov'] },
      FUNCTION_ERROR_INJECTION: {
        why: 'Makes any function that allows it fail on request.',
        sources: ['Drydock'],
        severity: 'low',
        withCare: 'BPF programs that override functions need it',
      },
      BPF_KPROBE_OVERRIDE: {
        why: 'A BPF program changes what kernel functions return.',
        sources: ['Drydock'],
        severity: 'low',
      },
      TEST_DEBUG_VIRTUAL: { why: 'A test that belongs in no product.', severity: 'low' },
      LKDTM: { why: 'A module made to crash the kernel in each way there is.', sources: ['A. Popov'] },
      INPUT_EVBUG: {
        why: "Writes each key that is pressed to the kernel's log.",
        sources: ['A. Popov'],
        severity: 'high',
      },
      VIDEO_VIVID: { why: 'A pretended camera with real holes.', sources: ['A. Popov'] },
      IO_URING_MOCK_FILE: {
        why: 'A test device that belongs in no product.',
        sources: ['Drydock'],
        severity: 'low',
      },
      KEXEC_HANDOVER_DEBUGFS: {
        why: 'Shows what one kernel hands to the next.',
        sources: ['Drydock'],
        severity: 'low',
        renamedFrom: ['KEXEC_HANDOVER_DEBUG'],
      },
    },
  ),
].flat()
