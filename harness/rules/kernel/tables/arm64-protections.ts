import { off, on } from '../expectation.ts'
import { isOn, type KernelRule, ruleTable } from '../kernel-rule.ts'

export const arm64Rules: readonly KernelRule[] = [
  ruleTable(
    'kconfig',
    { expected: on, sources: ['kernel defaults'], severity: 'high', architectures: ['arm64'] },
    {
      ARM64_PAN: {
        why: 'The kernel reaches memory of a process only where it means to.',
        since: '4.3',
        removedIn: '7.0',
        removedBecause: 'always built in',
        severity: 'critical',
      },
      ARM64_EPAN: { why: 'PAN also holds for memory that a process may only execute.', since: '5.13' },
      ARM64_SW_TTBR0_PAN: {
        why: 'Processors without PAN get it by switching page tables.',
        sources: ['KSPP'],
        since: '4.10',
        severity: 'medium',
      },
      UNMAP_KERNEL_AT_EL0: {
        why: 'Meltdown reads the kernel through page tables shared with processes.',
        since: '4.16',
        severity: 'critical',
      },
      ARM64_E0PD: { why: 'The time a fault takes must not tell where the kernel lies.', since: '5.6' },
      RODATA_FULL_DEFAULT_ENABLED: {
        why: 'Read-only data must not be writable through its other mapping either.',
        since: '5.0',
        removedIn: '6.18',
        removedBecause: 'always the default',
      },
      ARM64_PTR_AUTH: { why: 'Processes can sign their return addresses.', since: '5.0' },
      ARM64_PTR_AUTH_KERNEL: { why: "The kernel's return addresses are signed.", since: '5.14' },
      ARM64_BTI: { why: 'Processes can restrict where their indirect branches land.', since: '5.8' },
      ARM64_BTI_KERNEL: {
        why: 'Indirect branches in the kernel land only where the compiler marked it.',
        since: '5.8',
        withCare: 'neither GCC nor clang from 21 on can build it',
      },
      ARM64_MTE: {
        why: 'Processes can have overflows and uses after free caught by memory tags.',
        since: '5.10',
      },
      ARM64_GCS: { why: 'Processes can keep their return addresses out of reach.', since: '6.13' },
      MITIGATE_SPECTRE_BRANCH_HISTORY: {
        why: 'Branch history injected by a process steers the kernel.',
        since: '5.17',
        severity: 'critical',
      },
      RANDOMIZE_MODULE_REGION_FULL: {
        why: 'Modules do not lie at a known distance from the kernel.',
        since: '4.6',
        prerequisites: [isOn('RANDOMIZE_BASE')],
      },
      HARDEN_EL2_VECTORS: {
        why: "The hypervisor's vectors must not tell where the kernel lies.",
        since: '4.17',
        removedIn: '5.9',
        removedBecause: 'part of RANDOMIZE_BASE',
      },
      HARDEN_BRANCH_PREDICTOR: {
        why: 'Spectre v2: the branch predictor is cleaned when the kernel is entered.',
        since: '4.16',
        removedIn: '5.10',
        removedBecause: 'always built in',
      },
    },
  ),
  ruleTable(
    'kconfig',
    {
      expected: off,
      sources: ['kernel documentation', 'Drydock'],
      severity: 'medium',
      architectures: ['arm64'],
    },
    {
      PKVM_DISABLE_STAGE2_ON_PANIC: {
        why: "A panic of the protected hypervisor must not open the guests' memory to the host.",
      },
      PKVM_STACKTRACE: {
        why: 'The protected hypervisor tells the host nothing of its stack.',
        renamedFrom: ['PROTECTED_NVHE_STACKTRACE'],
        severity: 'low',
      },
      NVHE_EL2_DEBUG: { why: 'A hypervisor built for debugging lets the host look into it.' },
    },
  ),
  ruleTable(
    'kconfig',
    {
      expected: on,
      sources: ['kernel defaults', 'kernel documentation'],
      severity: 'medium',
      architectures: ['arm64'],
    },
    {
      ARM64_ERRATUM_3194386: {
        why: 'The guard against Spectre v4 takes effect too late on many cores.',
        since: '6.10',
      },
      ARM64_ERRATUM_2966298: { why: 'Cortex-A520 reads the kernel ahead of time.', since: '6.6' },
      ARM64_ERRATUM_3117295: { why: 'Cortex-A510 reads the kernel ahead of time.', since: '6.7' },
    },
  ),
].flat()
