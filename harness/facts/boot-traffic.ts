import type { BootFact } from '../guest/boot-sample.ts'
import type { SentPackets } from '../machine/packets/sent-packets.ts'

/** What a guest sent over its network. */
export interface Traffic {
  /** From power-on; else only since it was forked. */
  readonly fromPowerOn: boolean
  readonly sent: readonly SentPackets[]
  /** Whether every packet was counted. */
  readonly complete: boolean
}

// QEMU itself tells switches where a guest is that it has taken over: a RARP, EtherType 0x8035 (migration/savevm.c,
// announce_self_create).
const announcement = 'ethertype 0x8035'

/** Vantage outside: what left the guest's network card. */
export const bootTraffic: BootFact<Traffic> = {
  what: 'what the guest sends',
  from: 'login',
  read: async ({ origin, machine: { packets } }) => ({
    fromPowerOn: origin === 'power-on',
    sent: packets.sent.filter(({ protocol }) => origin === 'power-on' || protocol !== announcement),
    complete: packets.complete,
  }),
}
