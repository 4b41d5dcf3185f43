import { readFile } from 'node:fs/promises'
import { z } from 'zod'

/** Whether twins proved a check, by its id; of the checks that twins were run for. */
export type Proofs = ReadonlyMap<string, boolean>

const schema = z.object({ checks: z.array(z.object({ id: z.string(), caught: z.boolean() })) })

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/**
 * Reads `twins.json`; empty where there is none that can be read. A check that names several twins is proven where one
 * of them is caught and none survives.
 */
export const readProofs = async (path: string): Promise<Proofs> => {
  const { data } = schema.safeParse(parse(await readFile(path, 'utf8').catch(() => '')))
  const proofs = new Map<string, boolean>()
  for (const { id, caught } of data?.checks ?? []) proofs.set(id, caught && proofs.get(id) !== false)
  return proofs
}
