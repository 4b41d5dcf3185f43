import { z } from 'zod'
import { recordSchema, recordSchemaId } from './record.ts'

/**
 * The JSON Schema (draft 2020-12) of records as they are written; `$id` names its version. What a newer Drydock may add
 * is allowed, as readers must.
 */
export const recordJsonSchema = (): Readonly<Record<string, unknown>> => {
  const { $schema, ...schema } = z.toJSONSchema(recordSchema, { io: 'input', target: 'draft-2020-12' })
  return { $schema, $id: `urn:${recordSchemaId.replace(/[./]/g, ':')}`, title: 'A run of Drydock', ...schema }
}
