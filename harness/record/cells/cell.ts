import { z } from 'zod'
import { architectures } from '../../common/architecture.ts'

export const matrixSchemaId = 'drydock.matrix/1'

/** Names files, jobs and labels everywhere: RFC 1123, as Kubernetes asks for. */
const id = z
  .string()
  .regex(/^[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?$/, 'lower-case letters, digits, dots and dashes')

const cell = z.object({
  /** Unique in its matrix. */
  id,
  /** The target's name. */
  target: z.string(),
  /** Its file. */
  file: z.string(),
  architecture: z.enum(architectures),
  /** The kernel's release; null where the file does not say. */
  kernel: z.string().nullable(),
  /** What runs it, alone and anywhere; `--out` names the folder that has its records. */
  command: z.array(z.string()).min(1),
})

/** What has to run, each on a machine of its own if need be. */
export const matrixSchema = z.object({ schema: z.literal(matrixSchemaId), cells: z.array(cell).max(10_000) })

export type Cell = z.output<typeof cell>
export type Matrix = z.output<typeof matrixSchema>
