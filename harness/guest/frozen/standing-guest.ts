import type { FrozenMachine } from '../../machine/frozen/frozen-machine.ts'
import type { GuestSpec } from '../../target/target.ts'
import type { ForkedGuest, ForkOptions, FrozenGuest } from '../guest-states.ts'
import { forkGuest } from './fork-guest.ts'
import type { GuestState } from './guest-state.ts'

/** A frozen machine and what is remembered of the guest in it. */
export class StandingGuest implements FrozenGuest {
  readonly timings: Readonly<Record<string, number>>
  readonly bootedAt: Date
  readonly fromCache: boolean
  readonly state: GuestState
  private readonly machine: FrozenMachine

  constructor(machine: FrozenMachine, state: GuestState, fromCache: boolean) {
    this.machine = machine
    this.state = state
    this.fromCache = fromCache
    this.timings = state.timings
    this.bootedAt = new Date(state.bootedAt)
  }

  get spec(): GuestSpec {
    return this.machine.spec
  }

  async fork(options: ForkOptions): Promise<ForkedGuest> {
    return await forkGuest(this.machine, this.state, options)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.machine[Symbol.asyncDispose]()
  }
}
