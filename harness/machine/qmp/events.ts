import { z } from 'zod'

const named = <Name extends string, Data extends z.ZodType>(name: Name, data: Data) =>
  z.object({ name: z.literal(name), data, timeMs: z.number() })

const none = z.unknown().transform(() => undefined)
/** Why QEMU says it shut down or reset: `host-qmp-quit`, `guest-shutdown`, `guest-reset`, `guest-panic`... */
const cause = z.object({ guest: z.boolean(), reason: z.string() })
const action = z.object({ action: z.string() })

const schema = z.discriminatedUnion('name', [
  named('SHUTDOWN', cause),
  named('RESET', cause),
  named('POWERDOWN', none),
  named('STOP', none),
  named('RESUME', none),
  // Needs a pvpanic driver in the guest.
  named('GUEST_PANICKED', action),
  // The kernel panicked and started its crash kernel.
  named('GUEST_CRASHLOADED', action),
  named('WATCHDOG', action),
  named('BLOCK_IO_ERROR', z.object({ device: z.string(), operation: z.string(), action: z.string() })),
  named('MEMORY_FAILURE', z.object({ recipient: z.string(), action: z.string() })),
  // Of virtio ports that have an id.
  named('VSERPORT_CHANGE', z.object({ id: z.string(), open: z.boolean() })),
  named('MIGRATION', z.object({ status: z.string() })),
])

/** An event of a kind that is used here. `timeMs` is milliseconds since 1970 by the host's clock. */
export type QmpEvent = z.output<typeof schema>
export type QmpEventName = QmpEvent['name']
export type QmpEventOf<Name extends QmpEventName> = Extract<QmpEvent, { name: Name }>

/** The event, or undefined where it is of a kind that is not used here. */
export const knownEvent = (event: { name: string; data: unknown; timeMs: number }): QmpEvent | undefined => {
  const { success, data } = schema.safeParse(event)
  return success ? data : undefined
}
