import { z } from 'zod'
import type { GuestTools } from './agent-transfer.ts'
import { checksums } from './checksums.ts'
import { encodings } from './encodings.ts'

const name = <Row>(rows: readonly Row[], nameOf: (row: Row) => string) =>
  z.string().transform((text, context): Row => {
    const row = rows.find((each) => nameOf(each) === text)
    if (row !== undefined) return row
    context.addIssue(`expected one of ${rows.map(nameOf).join(', ')}`)
    return z.NEVER
  })

/** What the host's end of an agent has to remember of the guest's, as JSON. */
export const agentStateSchema = z.strictObject({
  token: z.string().regex(/^[0-9a-f]{8}$/),
  encoding: z.string(),
  blocks: z.strictObject({ checksum: z.string(), isCompressed: z.boolean() }).nullable(),
})

export type AgentState = z.output<typeof agentStateSchema>

const toolsSchema = z.object({
  encoding: name(encodings, (encoding) => encoding.name),
  blocks: z
    .object({ checksum: name(checksums, (checksum) => checksum.program), isCompressed: z.boolean() })
    .nullable(),
})

export const stateOf = (token: string, { encoding, blocks }: GuestTools): AgentState => ({
  token,
  encoding: encoding.name,
  blocks:
    blocks === undefined ? null : { checksum: blocks.checksum.program, isCompressed: blocks.isCompressed },
})

/** @throws ZodError where the state names what this version of Drydock does not know */
export const toolsOf = (state: AgentState): GuestTools => {
  const { encoding, blocks } = toolsSchema.parse(state)
  return { encoding, blocks: blocks ?? undefined }
}
