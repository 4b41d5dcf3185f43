import { off, on } from '../expectation.ts'
import { type Condition, isBuilt, isOff, isOn, type KernelRule, kconfig, ruleTable } from '../kernel-rule.ts'

const controlFlowIntegrity: Condition = kconfig('CFI', on, ['CFI_CLANG'])
const stackErasing: Condition = kconfig('KSTACK_ERASE', on, ['GCC_PLUGIN_STACKLEAK'])

/** Undefined behaviour of other kinds: their reports would drown, or trap on, harmless code. */
const onlyBounds: readonly Condition[] = [
  'UBSAN_SHIFT',
  'UBSAN_DIV_ZERO',
  'UBSAN_UNREACHABLE',
  'UBSAN_SIGNED_WRAP',
  'UBSAN_INTEGER_WRAP',
  'UBSAN_BOOL',
  'UBSAN_ENUM',
  'UBSAN_ALIGNMENT',
].map(isOff)

/** What the compiler puts into the kernel's code. */
export const compilerRules: readonly KernelRule[] = [
  ruleTable(
    'kconfig',
    { expected: on, sources: ['kernel defaults', 'KSPP'], severity: 'critical' },
    {
      STACKPROTECTOR: {
        why: 'A canary notices a stack buffer that overflows.',
        renamedFrom: ['CC_STACKPROTECTOR'],
        alternatives: [
          [isOn('CC_STACKPROTECTOR_REGULAR')],
          [isOn('CC_STACKPROTECTOR_AUTO')],
          [isOn('CC_STACKPROTECTOR_STRONG')],
        ],
      },
      STACKPROTECTOR_STRONG: {
        why: 'Every function with an array or an address taken gets a canary.',
        renamedFrom: ['CC_STACKPROTECTOR_STRONG'],
      },
      INIT_STACK_ALL_ZERO: {
        why: 'Stack variables start as zero instead of what was there before.',
        since: '5.2',
        alternatives: [[isOn('GCC_PLUGIN_STRUCTLEAK'), isOn('GCC_PLUGIN_STRUCTLEAK_BYREF_ALL')]],
      },
      FORTIFY_SOURCE: {
        why: 'String and memory functions check the size of the buffers the compiler knows.',
        sources: ['KSPP'],
        since: '4.13',
      },
    },
  ),
  ruleTable(
    'kconfig',
    { expected: on, sources: ['KSPP'], severity: 'high' },
    {
      UBSAN_BOUNDS: { why: 'An index beyond an array is caught.', since: '5.7', settableWith: ['UBSAN'] },
      UBSAN_LOCAL_BOUNDS: {
        why: 'Clang also checks pointers into arrays whose size it knows.',
        since: '5.11',
        severity: 'medium',
        alternatives: [[isOn('UBSAN_BOUNDS'), isOn('CC_IS_GCC')]],
        settableWith: ['UBSAN', 'UBSAN_BOUNDS'],
      },
      UBSAN_TRAP: {
        why: 'A caught index stops the offender instead of a line in the log.',
        since: '5.7',
        severity: 'medium',
        prerequisites: [isOn('UBSAN_BOUNDS'), ...onlyBounds],
        settableWith: ['UBSAN'],
      },
      UBSAN_SANITIZE_ALL: {
        why: 'Bounds are checked in the whole kernel, not only where asked for.',
        severity: 'medium',
        removedIn: '6.9',
        removedBecause: 'always so',
        prerequisites: [isOn('UBSAN_BOUNDS')],
      },
      CFI: {
        why: 'An indirect call goes only to a function of the right type, so a forged pointer is useless.',
        since: '5.13',
        renamedFrom: ['CFI_CLANG'],
        withCare: 'needs a compiler that knows -fsanitize=kcfi: clang, or a very new GCC',
      },
      RANDSTRUCT_FULL: {
        why: 'The layout of structures with function pointers differs from build to build.',
        since: '4.13',
        renamedFrom: ['GCC_PLUGIN_RANDSTRUCT'],
        severity: 'medium',
        withCare: 'out-of-tree modules and crash dumps need the seed of the build',
      },
      ZERO_CALL_USED_REGS: {
        why: 'Registers are cleared when a function returns: fewer leaks and fewer gadgets.',
        since: '5.15',
        severity: 'medium',
      },
      KSTACK_ERASE: {
        why: 'The kernel stack is cleared before each return to a process.',
        since: '4.20',
        renamedFrom: ['GCC_PLUGIN_STACKLEAK'],
        severity: 'medium',
        withCare: 'costs about 1 % of speed',
      },
      GCC_PLUGIN_LATENT_ENTROPY: {
        why: 'The boot itself yields randomness for the early keys.',
        since: '4.9',
        severity: 'low',
        appliesIf: [isOn('CC_IS_GCC')],
      },
    },
  ),
  ruleTable(
    'kconfig',
    { expected: off, sources: ['KSPP'], severity: 'medium' },
    {
      CFI_PERMISSIVE: {
        why: 'A wrong indirect call must be stopped, not only reported.',
        severity: 'high',
        appliesIf: [controlFlowIntegrity],
      },
      KSTACK_ERASE_METRICS: {
        why: 'How deep the kernel stack went helps nobody but an attacker.',
        renamedFrom: ['STACKLEAK_METRICS'],
        severity: 'low',
        appliesIf: [stackErasing],
      },
      KSTACK_ERASE_RUNTIME_DISABLE: {
        why: 'Root must not be able to turn the clearing of stacks off.',
        renamedFrom: ['STACKLEAK_RUNTIME_DISABLE'],
        appliesIf: [stackErasing],
      },
    },
  ),
  ruleTable(
    'kconfig',
    { expected: off, sources: ['KSPP', 'A. Popov'], severity: 'medium', architectures: ['x86_64'] },
    {
      CFI_AUTO_DEFAULT: {
        why: 'kCFI checks at the caller; FineIBT, which `auto` prefers, at the callee, and can be gone around.',
        since: '6.11',
        appliesIf: [isBuilt('FINEIBT')],
      },
    },
  ),
  ruleTable(
    'kconfig',
    { expected: on, sources: ['kernel defaults'], severity: 'high', architectures: ['arm64'] },
    {
      STACKPROTECTOR_PER_TASK: {
        why: 'Each task has a canary of its own, so one that leaked opens no other.',
        since: '5.0',
      },
      SHADOW_CALL_STACK: {
        why: 'Return addresses are kept apart from the stack that overflows.',
        sources: ['KSPP'],
        since: '5.8',
      },
    },
  ),
].flat()
