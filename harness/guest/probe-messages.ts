import { z } from 'zod'
import { DrydockError } from '../common/errors.ts'
import { neutraliseLine } from '../common/text.ts'

/** What the probe is asked; it answers in any order, each answer with the id of its request. */
export interface ProbeRequest {
  readonly op:
    | 'try'
    | 'read'
    | 'glob'
    | 'stat'
    | 'readlink'
    | 'links'
    | 'hash'
    | 'containers'
    | 'processes'
    | 'layouts'
    | 'kernel-log'
    | 'mappings'
    | 'sockets'
    | 'start'
    | 'reach'
    | 'end'
  /** `host` or `container:ID`. */
  readonly place: string
  readonly uid?: number | undefined
  readonly attempt?: string | undefined
  readonly args?: unknown
  readonly paths?: readonly string[] | undefined
  readonly timeoutMs?: number | undefined
}

/** Bytes of one answer; the probe keeps its own below it. */
export const answerLimit = 64 * 1024 * 1024

const text = z.string().max(64 * 1024)
const count = z.number().int().nonnegative()
const list = <Item extends z.ZodType>(item: Item) => z.array(item).max(100_000)

export const answerSchema = z.union([
  z.strictObject({ id: count, result: z.unknown().refine((result) => result !== undefined) }),
  z.strictObject({ id: count, error: z.strictObject({ code: text, message: text }) }),
])

export const attemptedSchema = z.discriminatedUnion('outcome', [
  z.strictObject({ outcome: z.literal('allowed'), detail: text }),
  z.strictObject({ outcome: z.literal('refused'), errno: text, call: text, detail: text.optional() }),
  z.strictObject({ outcome: z.literal('impossible'), reason: text }),
])

export const contentsSchema = list(
  z.strictObject({ path: text, bytes: z.base64().max(8 * 1024 * 1024), errno: text.optional() }),
)

export const namesSchema = list(text)

export const linkSchema = text

export const linksSchema = list(
  z.strictObject({
    path: text,
    target: text.optional(),
    mount: count.optional(),
    errno: text.optional(),
  }),
)

export const hashesSchema = z.record(text, text)

export const startedSchema = z.strictObject({ started: z.boolean(), reason: text.optional() })

const address = z
  .string()
  .regex(/^0x[0-9a-f]{1,16}$/)
  .transform(BigInt)

const layout = z.strictObject({
  program: address,
  loader: address,
  heap: address,
  stack: address,
  vdso: address,
})

export const kernelLogSchema = z.base64().max(8 * 1024 * 1024)

export const layoutsSchema = z.strictObject({
  pageSize: count.positive(),
  random: z.array(layout).max(1024),
  fixed: z.array(layout).max(1024),
})

export const statusSchema = z.strictObject({
  type: z.enum(['file', 'directory', 'symlink', 'character-device', 'block-device', 'fifo', 'socket']),
  mode: count,
  uid: count,
  gid: count,
  /** /proc/kcore claims more bytes than an integer of JavaScript can count. */
  size: z.number().nonnegative(),
  inode: z.string().regex(/^\d+$/).transform(BigInt),
  links: count,
  device: z.strictObject({ major: count, minor: count }).optional(),
  mountFlags: z.array(z.enum(['ro', 'nosuid', 'nodev', 'noexec'])),
})

export const containersSchema = list(
  z.strictObject({
    id: text,
    pid: count,
    bundle: text,
    namespace: text.optional(),
    runtimeRoot: text,
  }),
)

const mask = z
  .string()
  .regex(/^[0-9a-f]{1,16}$/)
  .transform((hexadecimal) => BigInt(`0x${hexadecimal}`))

export const processesSchema = list(
  z.strictObject({
    pid: count,
    ppid: count,
    comm: text,
    exe: text.optional(),
    arguments: list(text),
    uid: z.number().int(),
    gid: z.number().int(),
    capabilities: z.strictObject({
      effective: mask,
      permitted: mask,
      inheritable: mask,
      bounding: mask,
      ambient: mask,
    }),
    seccomp: count,
    noNewPrivileges: z.boolean(),
    namespaces: z.partialRecord(z.enum(['cgroup', 'ipc', 'mnt', 'net', 'pid', 'time', 'user', 'uts']), count),
    cgroup: text.optional(),
    root: text.optional(),
    kernelThread: z.boolean(),
    label: text.optional(),
    container: text.optional(),
  }),
)

const mappedFile = z.strictObject({
  size: count,
  links: count,
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  mount: text.optional(),
  mounted: text.optional(),
  writable: z.boolean(),
})

export const mappingsSchema = list(
  z.strictObject({
    pid: count,
    personality: z
      .string()
      .regex(/^[0-9a-f]{1,16}$/)
      .transform((hexadecimal) => Number.parseInt(hexadecimal, 16))
      .optional(),
    mappings: list(
      z.strictObject({
        start: z.string().regex(/^(exe|[0-9a-f]{1,16})$/),
        permissions: text,
        name: text,
        file: mappedFile.optional(),
        errno: text.optional(),
      }),
    ),
  }),
)

export const socketOwnersSchema = list(z.strictObject({ pid: count, inode: count }))

/** Checks what the probe, whose guest may be hostile, has sent. */
export const parseAnswer = <Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  what: string,
): z.output<Schema> => {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  throw new DrydockError(
    `Expected ${what} from the probe, found: ${neutraliseLine(z.prettifyError(parsed.error), 300)}`,
    { code: 'PROBE_ANSWER', blame: 'guest', phase: 'check' },
  )
}
