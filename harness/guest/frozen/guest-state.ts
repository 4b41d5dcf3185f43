import { z } from 'zod'
import { whereaboutsSchema } from '../probe-upload.ts'
import { serialStateSchema } from '../serial/serial-shell.ts'

/** What the host's end has to remember of a frozen guest, as JSON; the rest is in the machine's files. */
export const guestStateSchema = z.strictObject({
  /** When the boot was over, in ISO 8601. */
  bootedAt: z.iso.datetime(),
  /** Milliseconds of `prepare` and of each phase of the boot. */
  timings: z.record(z.string(), z.number()),
  /** The way in over ssh, the private key included. */
  ssh: z
    .strictObject({
      user: z.string(),
      key: z.strictObject({ publicKey: z.string(), privateKey: z.string() }),
      hostKey: z.string(),
    })
    .nullable(),
  serial: z.strictObject({ line: z.enum(['console', 'hvc0']), shell: serialStateSchema }).nullable(),
  probe: whereaboutsSchema.nullable(),
})

export type GuestState = z.output<typeof guestStateSchema>
