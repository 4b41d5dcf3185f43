import { off, on } from '../expectation.ts'
import { isBuilt, isOn, type KernelRule, ruleTable } from '../kernel-rule.ts'

const intel = [isBuilt('CPU_SUP_INTEL')]
const amd = [isBuilt('CPU_SUP_AMD')]

/** Mitigations of processor bugs that are the same on all architectures. */
const common = ruleTable(
  'kconfig',
  { expected: on, sources: ['kernel defaults'], severity: 'critical' },
  {
    CPU_MITIGATIONS: {
      why: 'Without it no processor bug is mitigated, whatever the command line says.',
      since: '5.19',
      renamedFrom: ['SPECULATION_MITIGATIONS'],
    },
  },
)

const everyProcessor = ruleTable(
  'kconfig',
  { expected: on, sources: ['kernel defaults'], severity: 'high', architectures: ['x86_64'] },
  {
    MICROCODE: { why: 'Most processor bugs are mended by microcode first.', severity: 'critical' },
    X86_SMAP: {
      why: 'The kernel reaches memory of a process only where it means to.',
      removedIn: '5.19',
      removedBecause: 'always built in',
      severity: 'critical',
    },
    X86_UMIP: {
      why: 'Processes must not read the addresses of the descriptor tables.',
      since: '4.15',
      renamedFrom: ['X86_INTEL_UMIP'],
    },
    X86_KERNEL_IBT: {
      why: 'Indirect branches in the kernel land only where the compiler marked it.',
      since: '5.18',
    },
    X86_USER_SHADOW_STACK: {
      why: 'Processes can keep their return addresses out of reach.',
      sources: ['KSPP'],
      since: '6.6',
      severity: 'medium',
    },
    MITIGATION_PAGE_TABLE_ISOLATION: {
      why: 'Meltdown reads the kernel through page tables shared with processes.',
      since: '4.15',
      renamedFrom: ['PAGE_TABLE_ISOLATION'],
      severity: 'critical',
    },
    MITIGATION_RETPOLINE: {
      why: 'Spectre v2: indirect branches of the kernel can be trained from outside.',
      since: '4.15',
      renamedFrom: ['RETPOLINE'],
      severity: 'critical',
    },
    MITIGATION_RETHUNK: {
      why: 'Returns can be trained like indirect branches.',
      since: '5.19',
      renamedFrom: ['RETHUNK'],
    },
    MITIGATION_SPECTRE_V1: { why: 'Bounds checks are run ahead of.', since: '6.12' },
    MITIGATION_SPECTRE_V2: { why: 'Indirect branches can be trained from outside.', since: '6.12' },
    MITIGATION_SSB: { why: 'Loads run ahead of the stores they depend on.', since: '6.12' },
    MITIGATION_SLS: {
      why: 'Some processors run straight on behind a return or jump.',
      sources: ['KSPP'],
      since: '5.17',
      renamedFrom: ['SLS'],
    },
    MITIGATION_VMSCAPE: {
      why: 'A virtual machine trains the branches of the program that runs it.',
      since: '6.17',
      appliesIf: [isBuilt('KVM')],
    },
  },
)

const ofIntel = ruleTable(
  'kconfig',
  {
    expected: on,
    sources: ['kernel defaults'],
    severity: 'high',
    architectures: ['x86_64'],
    appliesIf: intel,
  },
  {
    MICROCODE_INTEL: {
      why: "Intel's microcode is loaded.",
      removedIn: '6.6',
      removedBecause: 'part of MICROCODE',
      alternatives: [[isOn('MICROCODE'), ...intel]],
    },
    MITIGATION_GDS: { why: 'Gather instructions read stale vector registers.', since: '6.12' },
    MITIGATION_RFDS: { why: 'Atom cores leak stale register files.', since: '6.9' },
    MITIGATION_SPECTRE_BHI: { why: 'Branch history injected by a process steers the kernel.', since: '6.9' },
    MITIGATION_MDS: { why: 'Stale data of processor buffers can be sampled.', since: '6.12' },
    MITIGATION_TAA: { why: 'Aborted transactions leak stale data.', since: '6.12' },
    MITIGATION_MMIO_STALE_DATA: { why: 'Accesses to devices leak stale data.', since: '6.12' },
    MITIGATION_L1TF: {
      why: 'Page table entries that are not present still read the first-level cache.',
      since: '6.12',
    },
    MITIGATION_RETBLEED: { why: 'Returns are predicted from a poisoned branch buffer.', since: '6.12' },
    MITIGATION_SRBDS: { why: 'Random numbers of one core leak to another.', since: '6.12' },
    MITIGATION_CALL_DEPTH_TRACKING: {
      why: 'Retbleed on Skylake is stopped at a bearable cost.',
      since: '6.2',
      renamedFrom: ['CALL_DEPTH_TRACKING'],
    },
    MITIGATION_IBRS_ENTRY: {
      why: 'Retbleed: speculation is restricted when the kernel is entered.',
      since: '5.19',
      renamedFrom: ['CPU_IBRS_ENTRY'],
    },
    MITIGATION_ITS: { why: 'Indirect branches in half of a cache line can be steered.', since: '6.15' },
    X86_INTEL_TSX_MODE_OFF: {
      why: 'Transactions were the way into several data leaks.',
      since: '5.4',
      severity: 'medium',
      withCare: 'programs that use transactional memory get slower',
    },
  },
)

const ofAmd = ruleTable(
  'kconfig',
  { expected: on, sources: ['kernel defaults'], severity: 'high', architectures: ['x86_64'], appliesIf: amd },
  {
    MICROCODE_AMD: {
      why: "AMD's microcode is loaded.",
      removedIn: '6.6',
      removedBecause: 'part of MICROCODE',
      alternatives: [[isOn('MICROCODE'), ...amd]],
    },
    MITIGATION_UNRET_ENTRY: {
      why: 'Retbleed: returns are untrained when the kernel is entered.',
      since: '5.19',
      renamedFrom: ['CPU_UNRET_ENTRY'],
    },
    MITIGATION_IBPB_ENTRY: {
      why: 'Retbleed and Inception can be stopped by a barrier when the kernel is entered.',
      since: '5.19',
      renamedFrom: ['CPU_IBPB_ENTRY'],
    },
    MITIGATION_SRSO: {
      why: 'Inception overflows the return predictor.',
      since: '6.5',
      renamedFrom: ['CPU_SRSO'],
    },
    MITIGATION_TSA: { why: 'The time a store takes leaks its data.', since: '6.16' },
  },
)

const against = ruleTable(
  'kconfig',
  {
    expected: off,
    sources: ['kernel documentation', 'Drydock'],
    severity: 'medium',
    architectures: ['x86_64'],
  },
  {
    MICROCODE_DBG: { why: 'Microcode that is not for the processor can be loaded for tests.', since: '6.18' },
    MICROCODE_LATE_LOADING: {
      why: 'Microcode loaded while the machine runs leaves mitigations half on, and taints the kernel.',
      since: '5.19',
    },
  },
)

export const x86MitigationRules: readonly KernelRule[] = [
  common,
  everyProcessor,
  ofIntel,
  ofAmd,
  against,
].flat()
