import { DrydockError, type Phase } from '../../common/errors.ts'
import type { IncidentKind } from './death-patterns.ts'

/** How a guest ended. */
export interface Death {
  /** What happened: a kernel death, the machine going off or restarting, or QEMU going away. */
  readonly kind: IncidentKind | 'power-off' | 'reset' | 'qemu-exit' | 'silent'
  readonly source: 'console' | 'qmp' | 'qemu'
  /** One neutralised line. */
  readonly summary: string
  /** Neutralised console lines from the trigger on; empty where the console showed nothing. */
  readonly excerpt: readonly string[]
  /** Milliseconds since the guest's start. */
  readonly at: number
}

/** The one place that knows whether a guest is still alive; console, QMP and QEMU report to it, every wait asks it. */
export class Life {
  private reported: Death | undefined
  private testbedFailure: DrydockError | undefined
  private readonly resolvers = Promise.withResolvers<Death>()
  private readonly listeners = new Set<() => void>()

  get death(): Death | undefined {
    return this.reported
  }

  /** Resolves when the guest dies; never rejects. */
  get died(): Promise<Death> {
    return this.resolvers.promise
  }

  /** The first report counts. */
  report(death: Death): void {
    if (this.reported === undefined) {
      this.reported = death
      this.resolvers.resolve(death)
      this.notify()
    }
  }

  /** The test bed can no longer watch the guest, for example because its disk is full. */
  fail(error: DrydockError): void {
    this.testbedFailure ??= error
    this.notify()
  }

  /** Called once something was reported; returns how to stop listening. */
  onEnd(listener: () => void): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  /** The error for whoever waits for something of this guest, once it is dead. */
  failure(phase: Phase, reason: string): DrydockError | undefined {
    if (this.testbedFailure !== undefined) {
      return this.testbedFailure
    }
    return this.reported === undefined ? undefined : deathError(this.reported, phase, reason)
  }

  private notify(): void {
    for (const listener of this.listeners) {
      listener()
    }
  }
}

const codes: Partial<Record<Death['kind'], string>> = {
  'power-off': 'GUEST_POWERED_OFF',
  reset: 'GUEST_RESET',
  'qemu-exit': 'QEMU_EXITED',
  silent: 'GUEST_SILENT',
}

const deathError = (death: Death, phase: Phase, reason: string): DrydockError =>
  new DrydockError(`the guest died (${death.kind}): ${death.summary}; ${reason}`, {
    code: codes[death.kind] ?? 'GUEST_PANIC',
    blame: death.kind === 'qemu-exit' ? 'testbed' : 'guest',
    phase,
    consoleTail: death.excerpt.length === 0 ? undefined : death.excerpt.join('\n'),
    guestDied: true,
  })
