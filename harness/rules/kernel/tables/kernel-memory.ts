import { on } from '../expectation.ts'
import { isBuilt, type KernelRule, ruleTable } from '../kernel-rule.ts'

export const kernelMemoryRules: readonly KernelRule[] = [
  ruleTable(
    'kconfig',
    { expected: on, sources: ['kernel defaults', 'KSPP'], severity: 'critical' },
    {
      STRICT_KERNEL_RWX: {
        why: 'Kernel code must not be writable, nor kernel data executable.',
        renamedFrom: ['DEBUG_RODATA'],
      },
      STRICT_MODULE_RWX: {
        why: 'The code of a module must not be writable, nor its data executable.',
        renamedFrom: ['DEBUG_SET_MODULE_RONX'],
        appliesIf: [isBuilt('MODULES')],
      },
    },
  ),
].flat()
