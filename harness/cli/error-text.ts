import { DrydockError } from '../common/errors.ts'

/** What a person sees of an error: its message; the stack only where it is a mistake of Drydock's own. */
export const errorText = (error: unknown): string => {
  if (error instanceof DrydockError) return `drydock: ${error.message}`
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return `drydock: a mistake in Drydock itself; please report it with this text\n${text}`
}
