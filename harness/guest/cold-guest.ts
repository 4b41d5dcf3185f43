import { silent } from '../common/progress.ts'
import { freezeMachine } from '../machine/frozen/freeze.ts'
import { comeToRest } from './frozen/come-to-rest.ts'
import { StandingGuest } from './frozen/standing-guest.ts'
import type { ColdGuest, FreezeOptions } from './guest-states.ts'
import { RunningGuest, type RunningGuestParts } from './running-guest.ts'
import type { SshKey } from './ssh-key.ts'

/** A guest that was started from power-on, with the key that it was given. */
export class PoweredOnGuest extends RunningGuest implements ColdGuest {
  readonly origin = 'power-on'
  private readonly key: SshKey
  private readonly bootedAt = new Date()

  constructor(parts: RunningGuestParts, key: SshKey) {
    super(parts)
    this.key = key
  }

  async freeze(options: FreezeOptions = {}): Promise<StandingGuest> {
    const { into, id, enterContainers = false, signal, progress = silent } = options
    const say = (detail: string) => progress({ architecture: this.architecture, step: 'freeze', detail })
    try {
      say('the guest to come to rest')
      const state = await comeToRest(this, { key: this.key, bootedAt: this.bootedAt, enterContainers, say })
      signal?.throwIfAborted()
      say('its memory to be kept')
      const machine = await freezeMachine(this.machine, {
        ...(into === undefined ? {} : { into }),
        ...(signal === undefined ? {} : { signal }),
      })
      return new StandingGuest({ machine, state, spec: this.spec, fromCache: false, id })
    } finally {
      await this[Symbol.asyncDispose]()
    }
  }
}
