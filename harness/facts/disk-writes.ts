import { messageOf } from '../common/errors.ts'
import type { BootFact } from '../guest/boot-sample.ts'
import { type DiskStatistics, outside } from '../machine/outside/outside.ts'

/** What a guest did to the image's disks from power-on. */
export interface DiskWrites {
  /** In the target's order; QEMU's own disks are left out. */
  readonly disks: readonly DiskStatistics[]
  /** Why what the guest still had to write may not be among it. */
  readonly notFlushed: string | undefined
}

/** Vantage outside. Undefined for a fork, whose QEMU has not seen the boot. */
export const diskWrites: BootFact<DiskWrites | undefined> = {
  what: 'what is written to disks',
  from: 'login',
  async read(guest) {
    if (guest.origin === 'fork') return undefined
    let notFlushed: string | undefined
    try {
      const { exitCode } = await guest.shell.run(['sync'], { reason: 'what is to be written is written' })
      if (exitCode !== 0) notFlushed = `sync ended with ${exitCode}`
    } catch (error) {
      notFlushed = messageOf(error)
    }
    const ids = new Set(guest.spec.disks.map((_, index) => `disk${index}`))
    const statistics = await outside(guest.machine).blockStatistics()
    return { disks: statistics.filter(({ id }) => ids.has(id)), notFlushed }
  },
}
