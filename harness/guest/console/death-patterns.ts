/**
 * `fatal`: the guest is over. `serious`: the kernel goes on but can no longer be trusted.
 * `warning`: the kernel found something wrong and handled it.
 */
export type DeathSeverity = 'fatal' | 'serious' | 'warning'

export interface DeathPattern {
  readonly kind: string
  readonly severity: DeathSeverity
  /** Matched against one kernel message without its time stamp, from its first character. */
  readonly pattern: RegExp
}

/**
 * Every way in which a kernel, or what should have started it, says that something is wrong, from 3.x to 7.x on x86_64 and arm64; the first match wins.
 * Real lines for each row: fixtures/serial/kernel-deaths.yml.
 */
export const deathPatterns = [
  {
    kind: 'no-root',
    severity: 'fatal',
    pattern: /^Kernel panic - not syncing: VFS: Unable to mount root fs/,
  },
  {
    kind: 'no-init',
    severity: 'fatal',
    pattern: /^Kernel panic - not syncing: (?:No working init found|No init found|Requested init .* failed)/,
  },
  { kind: 'init-died', severity: 'fatal', pattern: /^Kernel panic - not syncing: Attempted to kill init!/ },
  { kind: 'panic', severity: 'fatal', pattern: /^(?:---\[ end )?Kernel panic - not syncing/ },
  { kind: 'panic', severity: 'fatal', pattern: /^(?:traps: )?PANIC: (?:double fault|early exception)/ },
  {
    kind: 'halted',
    severity: 'fatal',
    pattern: /^(?:reboot: System halted|System halted\.$| ?-- System halted)/,
  },
  // Firmware and loaders that found nothing to start wait for a person: SeaBIOS, edk2, GRUB, ISOLINUX.
  {
    kind: 'no-start',
    severity: 'fatal',
    pattern:
      /^(?:No bootable device\.|BdsDxe: No bootable option or device was found|BdsDxe: starting \w+ "EFI Internal Shell"|error: (?:\S+: ?)?you need to load the kernel first|Entering rescue mode\.\.\.|Could not find kernel image: )/,
  },

  { kind: 'initrd-damaged', severity: 'serious', pattern: /^Initramfs unpacking failed: / },
  { kind: 'initrd-damaged', severity: 'serious', pattern: /^rootfs image is not initramfs \(/ },
  {
    kind: 'soft-lockup',
    severity: 'serious',
    pattern: /^(?:(?:NMI )?watchdog: )?BUG: soft lockup - CPU#\d+ stuck for \d+s!/,
  },
  {
    kind: 'hard-lockup',
    severity: 'serious',
    pattern: /^(?:(?:NMI )?watchdog: )?(?:CPU\d+: |BUG: )?Watchdog detected hard LOCKUP on cpu/,
  },
  {
    kind: 'rcu-stall',
    severity: 'serious',
    pattern:
      /^(?:rcu: )?INFO: (?:rcu_\w+|Tasks-?RCU) (?:self-detected stall|detected (?:expedited )?stalls?) on/,
  },
  {
    kind: 'hung-task',
    severity: 'serious',
    pattern: /^INFO: task .+:\d+ blocked (?:in I\/O wait )?for more than \d+ seconds/,
  },
  { kind: 'kasan', severity: 'serious', pattern: /^BUG: KASAN: / },
  { kind: 'kfence', severity: 'serious', pattern: /^BUG: KFENCE: / },
  { kind: 'kmsan', severity: 'serious', pattern: /^BUG: KMSAN: / },
  { kind: 'kcsan', severity: 'warning', pattern: /^BUG: KCSAN: / },
  { kind: 'ubsan', severity: 'serious', pattern: /^Internal error: UBSAN: / },
  { kind: 'ubsan', severity: 'warning', pattern: /^UBSAN: [a-z]/ },
  { kind: 'cfi', severity: 'serious', pattern: /^(?:CFI failure at |Internal error: Oops - CFI)/ },
  { kind: 'oops', severity: 'serious', pattern: /^(?:BUG: u|U)nable to handle (?:kernel|page fault)/ },
  { kind: 'oops', severity: 'serious', pattern: /^BUG: kernel NULL pointer dereference/ },
  {
    kind: 'general-protection',
    severity: 'serious',
    pattern: /^(?:Oops: )?general protection fault(?::|, |[^:]*: [0-9a-f]{4} \[#)/,
  },
  { kind: 'oops', severity: 'serious', pattern: /^Internal error: / },
  { kind: 'oops', severity: 'serious', pattern: /^Oops(?:: | - | \[#)/ },
  { kind: 'oops', severity: 'serious', pattern: /^Unexpected kernel BRK exception at EL1/ },
  { kind: 'trap', severity: 'serious', pattern: /^[a-z][\w #-]{2,40}: [0-9a-f]{4} \[#\d+\]/ },
  { kind: 'hardware-error', severity: 'serious', pattern: /^SError Interrupt on CPU\d+, / },
  { kind: 'hardware-error', severity: 'serious', pattern: /^mce: \[Hardware Error\]: / },
  { kind: 'bug', severity: 'serious', pattern: /^kernel BUG at / },
  { kind: 'bug', severity: 'serious', pattern: /^BUG: / },
  {
    kind: 'corruption',
    severity: 'serious',
    pattern: /^(?:list_(?:add|del)\S* corruption|usercopy: Kernel memory |\w+: detected buffer overflow)/,
  },
  {
    kind: 'out-of-memory',
    severity: 'serious',
    pattern: /^Out of memory(?: \([^)]*\))?: Kill(?:ed)? process \d+/,
  },
  {
    kind: 'out-of-memory',
    severity: 'warning',
    pattern: /^Memory cgroup out of memory: Kill(?:ed)? process \d+/,
  },
  { kind: 'warning', severity: 'warning', pattern: /^WARNING: CPU: \d+ PID: \d+ at / },
  {
    kind: 'warning',
    severity: 'warning',
    pattern: /^WARNING: (?:\[.*\] )?(?:\S+:\d+ )?at \S.*, CPU#\d+: .+\/\d+/,
  },
  { kind: 'warning', severity: 'warning', pattern: /^WARNING: at \S+:\d+ / },
  {
    kind: 'lockdep',
    severity: 'warning',
    pattern: /^WARNING: (?:possible|suspicious|inconsistent|bad unlock|held lock|lock held|Nested lock)/,
  },
  {
    kind: 'lockdep',
    severity: 'warning',
    pattern: /^INFO: (?:trying to register non-static key|possible recursive)/,
  },
  {
    kind: 'allocation-failure',
    severity: 'warning',
    pattern: /^\S.{0,40}: page allocation failure: order:\d+/,
  },
] as const satisfies readonly DeathPattern[]

export type IncidentKind = (typeof deathPatterns)[number]['kind']

/** The end of a report that started with one of the patterns. */
export const reportEnd = /^---\[ end (?:trace|Kernel panic)/
export const panicEnd = /^---\[ end Kernel panic/
