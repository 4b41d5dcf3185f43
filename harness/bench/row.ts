import { z } from 'zod'
import { architectures } from '../common/architecture.ts'

/** One line of `reports/bench.json`, which is an array of these. */
export const rowSchema = z.strictObject({
  name: z.string(),
  architecture: z.enum(architectures).nullable(),
  /** The median of `samples`; null where nothing could be measured, and then `note` says why. */
  value: z.number().nullable(),
  unit: z.string(),
  /** `<= 1.05` or `>= 10`; null where it is only measured. */
  target: z.string().nullable(),
  /** Whether `value` keeps the target; null where there is no target or no value. */
  met: z.boolean().nullable(),
  /** Whom it measures; null for Drydock itself. */
  peer: z.string().nullable(),
  size: z.string().nullable(),
  experiment: z.string(),
  samples: z.array(z.number()),
  min: z.number().nullable(),
  max: z.number().nullable(),
  /** How it was measured, and why it was not where it was not. */
  note: z.string().nullable(),
  /** ISO 8601. */
  measuredAt: z.string(),
  /** Which machine, of those that reports/bench-machine.json describes. */
  machine: z.string(),
})

export type Row = z.infer<typeof rowSchema>

/** What makes two lines the same line of two runs. */
export const keyOf = ({ experiment, name, architecture, peer, size }: Row): string =>
  JSON.stringify([experiment, name, architecture, peer, size])
