/** The phases of a boot, in their order. */
export const bootPhases = ['firmware', 'kernel', 'init', 'login'] as const
export type BootPhase = (typeof bootPhases)[number]

export interface Deadlines {
  /** Milliseconds that each phase may take. */
  readonly phases: Readonly<Record<BootPhase, number>>
  /** Milliseconds without a byte on the console before the kernel has handed over to init. */
  readonly silence: number
  /** Milliseconds of quiet after which a guest without any login counts as booted. */
  readonly settle: number
  /** Milliseconds after which such a guest counts as booted although its console is never quiet. */
  readonly settleAtMost: number
}

/** Emulation is some ten times slower, and its host may be busy with other guests. */
export const deadlines: Readonly<Record<'kvm' | 'tcg', Deadlines>> = {
  kvm: {
    phases: { firmware: 20_000, kernel: 45_000, init: 90_000, login: 60_000 },
    silence: 20_000,
    settle: 2000,
    settleAtMost: 30_000,
  },
  tcg: {
    phases: { firmware: 60_000, kernel: 180_000, init: 300_000, login: 180_000 },
    silence: 60_000,
    settle: 5000,
    settleAtMost: 90_000,
  },
}
