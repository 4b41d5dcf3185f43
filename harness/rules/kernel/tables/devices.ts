import { off, on } from '../expectation.ts'
import { isBuilt, isOn, type KernelRule, ruleTable } from '../kernel-rule.ts'

const iommu = [isOn('IOMMU_SUPPORT')]

/** What devices may reach, and where randomness comes from. */
export const deviceRules: readonly KernelRule[] = [
  ruleTable(
    'kconfig',
    { expected: on, sources: ['kernel defaults'], severity: 'high' },
    {
      IOMMU_SUPPORT: 'Without an IOMMU every device reaches all memory.',
      IOMMU_DEFAULT_DMA_STRICT: {
        why: 'A device loses its access at once, not when it is convenient.',
        sources: ['KSPP'],
        since: '5.15',
        withCare: 'costs speed with fast network and storage devices',
      },
      EFI_DISABLE_PCI_DMA: {
        why: 'Devices must not write to memory while the firmware hands over.',
        sources: ['KSPP'],
        since: '5.6',
        severity: 'medium',
        withCare: 'some firmware needs its devices until then',
        appliesIf: [isBuilt('EFI')],
      },
      RESET_ATTACK_MITIGATION: {
        why: 'The firmware clears memory after a reset, so that keys cannot be picked from it.',
        sources: ['KSPP'],
        since: '4.15',
        severity: 'low',
        withCare: 'needs an init that tells the firmware of an orderly end',
        appliesIf: [isBuilt('EFI')],
      },
      HW_RANDOM_TPM: {
        why: "The TPM's random numbers feed the kernel's.",
        sources: ['KSPP'],
        since: '4.2',
        severity: 'low',
      },
    },
  ),
  ruleTable(
    'kconfig',
    { expected: off, sources: ['kernel defaults'], severity: 'high' },
    { IOMMU_DEFAULT_PASSTHROUGH: 'An IOMMU that passes everything through protects nothing.' },
  ),
  ruleTable(
    'kconfig',
    {
      expected: on,
      sources: ['KSPP'],
      severity: 'medium',
      architectures: ['x86_64'],
      prerequisites: iommu,
    },
    {
      INTEL_IOMMU: { why: "Intel's IOMMU is used.", sources: ['kernel defaults'], severity: 'high' },
      INTEL_IOMMU_DEFAULT_ON: "Intel's IOMMU is used without a parameter.",
      INTEL_IOMMU_SVM: {
        why: 'Devices can share the page tables of one process instead of reaching all memory.',
        since: '4.4',
        severity: 'low',
      },
      AMD_IOMMU: { why: "AMD's IOMMU is used.", sources: ['kernel defaults'], severity: 'high' },
      AMD_IOMMU_V2: {
        why: 'Devices can share the page tables of one process instead of reaching all memory.',
        severity: 'low',
        removedIn: '6.7',
        removedBecause: 'part of AMD_IOMMU',
      },
    },
  ),
  ruleTable(
    'kconfig',
    { expected: on, sources: ['kernel defaults'], severity: 'high', architectures: ['arm64'] },
    {
      ARM_SMMU: {
        why: "Arm's older IOMMU is used.",
        withCare: 'an image for machines without it has no need of it',
      },
      ARM_SMMU_V3: { why: "Arm's IOMMU is used." },
      ARM_SMMU_DISABLE_BYPASS_BY_DEFAULT: {
        why: 'A device that nobody set up must not reach memory.',
        since: '5.1',
        appliesIf: [isBuilt('ARM_SMMU')],
      },
    },
  ),
].flat()
