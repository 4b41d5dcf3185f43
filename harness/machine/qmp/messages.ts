import { z } from 'zod'
import { DrydockError } from '../../common/errors.ts'
import { neutraliseLine } from '../../common/text.ts'

/** What QEMU can send, told apart. */
export type QmpMessage =
  | { readonly kind: 'greeting'; readonly version: string }
  | { readonly kind: 'result'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'error'; readonly id: number | undefined; readonly name: string; readonly text: string }
  | { readonly kind: 'event'; readonly name: string; readonly data: unknown; readonly timeMs: number }

const versionPart = z.number().int().nonnegative()
const greeting = z.object({
  QMP: z.object({
    version: z.object({ qemu: z.object({ major: versionPart, minor: versionPart, micro: versionPart }) }),
  }),
})
const result = z.object({ return: z.unknown(), id: z.number() })
const error = z.object({
  error: z.object({ class: z.string(), desc: z.string() }),
  id: z.number().optional(),
})
const event = z.object({
  event: z.string(),
  data: z.unknown().optional(),
  timestamp: z.object({ seconds: z.number(), microseconds: z.number() }),
})

/** Reads one line of QMP. Throws `QMP_GARBLED` for anything that QEMU does not say. */
export const parseMessage = (line: string): QmpMessage => {
  const value = parseJson(line)
  const asEvent = event.safeParse(value)
  if (asEvent.success) {
    const { event: name, data, timestamp } = asEvent.data
    return { kind: 'event', name, data, timeMs: timestamp.seconds * 1000 + timestamp.microseconds / 1000 }
  }
  const asError = error.safeParse(value)
  if (asError.success) {
    const { error: found, id } = asError.data
    return { kind: 'error', id, name: found.class, text: found.desc }
  }
  const asResult = result.safeParse(value)
  if (asResult.success && hasReturn(value)) {
    return { kind: 'result', id: asResult.data.id, value: asResult.data.return }
  }
  const asGreeting = greeting.safeParse(value)
  if (asGreeting.success) {
    const { major, minor, micro } = asGreeting.data.QMP.version.qemu
    return { kind: 'greeting', version: `${major}.${minor}.${micro}` }
  }
  throw garbled(line, 'a greeting, a result, an error or an event')
}

// zod's unknown accepts an absent key.
const hasReturn = (value: unknown) => typeof value === 'object' && value !== null && 'return' in value

const parseJson = (line: string): unknown => {
  try {
    return JSON.parse(line)
  } catch (cause) {
    throw garbled(line, 'JSON', cause)
  }
}

const garbled = (line: string, expected: string, cause?: unknown) =>
  new DrydockError(`expected ${expected} from QMP, found: ${neutraliseLine(line, 200)}`, {
    code: 'QMP_GARBLED',
    blame: 'testbed',
    cause,
  })
