import { equals, off, on } from '../expectation.ts'
import { isBuilt, isOff, isOn, type KernelRule, ruleTable } from '../kernel-rule.ts'

/** The kernel's heap and its pages. */
export const allocatorRules: readonly KernelRule[] = [
  ruleTable(
    'kconfig',
    { expected: on, sources: ['KSPP'], severity: 'high' },
    {
      SLUB_DEBUG: {
        why: 'The consistency checks of the slab allocator can be turned on.',
        sources: ['kernel defaults'],
        severity: 'low',
      },
      KMALLOC_PARTITION_CACHES: {
        why: 'Objects of one size are spread over many caches, so that an attacker does not meet the victim.',
        since: '6.6',
        renamedFrom: ['RANDOM_KMALLOC_CACHES'],
      },
      SLAB_FREELIST_HARDENED: { why: 'A free list that was overwritten is noticed.', since: '4.14' },
      SLAB_FREELIST_RANDOM: {
        why: 'The order in which objects are handed out cannot be foretold.',
        since: '4.7',
      },
      SLAB_BUCKETS: {
        why: 'Allocations whose size a process chooses are kept apart from the rest of the heap.',
        sources: ['kernel documentation', 'Drydock'],
        since: '6.11',
      },
      SHUFFLE_PAGE_ALLOCATOR: {
        why: 'The order of free pages cannot be foretold.',
        since: '5.2',
        severity: 'medium',
        withCare: 'takes effect only with page_alloc.shuffle=1',
      },
      INIT_ON_ALLOC_DEFAULT_ON: {
        why: 'Memory is zeroed when handed out, so nothing leaks from its last user.',
        since: '5.3',
        withCare: 'costs about 1 % of speed',
      },
      INIT_ON_FREE_DEFAULT_ON: {
        why: 'Memory is zeroed when given back, so that secrets do not linger.',
        since: '5.3',
        severity: 'medium',
        withCare: 'costs 3 to 5 % of speed',
        alternatives: [[isOn('PAGE_POISONING_ZERO')]],
      },
      HARDENED_USERCOPY: {
        why: 'Copies to and from processes must stay within one object.',
        since: '4.8',
      },
      HARDENED_USERCOPY_DEFAULT_ON: {
        why: 'The checks of copies to and from processes are on without a parameter.',
        since: '6.15',
        prerequisites: [isOn('HARDENED_USERCOPY')],
      },
      KFENCE: {
        why: 'Overflows and uses after free are caught now and then, at almost no cost.',
        since: '5.12',
        severity: 'medium',
      },
      LIST_HARDENED: {
        why: 'A linked list that was overwritten is noticed before it is followed.',
        since: '4.10',
        alternatives: [[isOn('DEBUG_LIST')]],
      },
      BUG_ON_DATA_CORRUPTION: {
        why: 'Corrupt kernel structures stop the offender instead of a line in the log.',
        since: '4.10',
      },
      RUST_BITMAP_HARDENED: {
        why: 'An index beyond a bitmap in Rust code is caught.',
        sources: ['kernel documentation', 'Drydock'],
        severity: 'low',
        since: '6.18',
        appliesIf: [isBuilt('RUST')],
      },
      PAGE_TABLE_CHECK: {
        why: 'One page must not be mapped by two processes that should not share it.',
        since: '5.17',
        severity: 'medium',
      },
      PAGE_TABLE_CHECK_ENFORCED: {
        why: 'The check of page tables is on without a parameter.',
        since: '5.17',
        severity: 'medium',
        prerequisites: [isOn('PAGE_TABLE_CHECK')],
      },
    },
  ),
  ruleTable(
    'kconfig',
    { expected: off, sources: ['KSPP'], severity: 'high' },
    {
      SLAB_MERGE_DEFAULT: {
        why: 'Caches of the same size that are merged let one overflow into another.',
        since: '4.13',
        withCare: 'uses somewhat more memory',
      },
      SLUB_TINY: {
        why: 'The allocator for tiny machines leaves its hardening out.',
        sources: ['kernel documentation', 'Drydock'],
      },
      HARDENED_USERCOPY_FALLBACK: {
        why: 'Copies outside the part of an object meant for it must be refused, not only reported.',
        appliesIf: [isOn('HARDENED_USERCOPY')],
      },
      HARDENED_USERCOPY_PAGESPAN: {
        why: 'A debugging aid that also refuses good copies, so that the whole check gets turned off.',
        severity: 'low',
        appliesIf: [isOn('HARDENED_USERCOPY')],
      },
    },
  ),
  ruleTable(
    'kconfig',
    { expected: equals('100'), sources: ['KSPP'], severity: 'low' },
    {
      KFENCE_SAMPLE_INTERVAL: {
        why: 'KFENCE takes a sample every 100 ms; 0 turns it off.',
        since: '5.12',
        prerequisites: [isOn('KFENCE')],
      },
    },
  ),
  ruleTable(
    'kconfig',
    { expected: on, sources: ['KSPP'], severity: 'medium', architectures: ['arm64'] },
    {
      KASAN_HW_TAGS: {
        why: 'Memory tags catch overflows and uses after free in production.',
        since: '5.11',
        withCare: 'needs a processor with MTE',
        prerequisites: [isOn('ARM64_MTE'), isOff('KASAN_GENERIC'), isOff('KASAN_SW_TAGS')],
        settableWith: ['KASAN'],
      },
    },
  ),
].flat()
