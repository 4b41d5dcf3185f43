import type { FrozenMachine } from '../../machine/frozen/frozen-machine.ts'
import type { GuestSpec } from '../../target/target.ts'
import type { ForkedGuest, ForkOptions, FrozenGuest } from '../guest-states.ts'
import { forkGuest } from './fork-guest.ts'
import type { GuestState } from './guest-state.ts'

export interface StandingGuestParts {
  readonly machine: FrozenMachine
  readonly state: GuestState
  /** Of the target that was asked for: in the cache, the same image may have been found elsewhere. */
  readonly spec: GuestSpec
  readonly fromCache: boolean
  readonly id: string | undefined
}

/** A frozen machine and what is remembered of the guest in it. */
export class StandingGuest implements FrozenGuest {
  readonly spec: GuestSpec
  readonly timings: Readonly<Record<string, number>>
  readonly bootedAt: Date
  readonly fromCache: boolean
  readonly id: string | undefined
  readonly state: GuestState
  private readonly machine: FrozenMachine

  constructor({ machine, state, spec, fromCache, id }: StandingGuestParts) {
    this.machine = machine
    this.state = state
    this.spec = spec
    this.fromCache = fromCache
    this.id = id
    this.timings = state.timings
    this.bootedAt = new Date(state.bootedAt)
  }

  async fork(options: ForkOptions): Promise<ForkedGuest> {
    return await forkGuest({ machine: this.machine, state: this.state, spec: this.spec }, options)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.machine[Symbol.asyncDispose]()
  }
}
