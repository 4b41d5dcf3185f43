import { z } from 'zod'

/*
 * The part of QEMU's QMP schema that is used here (qapi/*.json of QEMU 7.2; later versions only add members).
 * Results are validated, and members that are not named here are dropped.
 */

const nothing = z.unknown().transform(() => undefined)
const text = z.string()
const count = z.number()

const status = z.object({ status: text, running: z.boolean() })

const blockStatistics = z.array(
  z.object({
    device: text.optional(),
    qdev: text.optional(),
    'node-name': text.optional(),
    stats: z.object({
      rd_bytes: count,
      wr_bytes: count,
      unmap_bytes: count.default(0),
      rd_operations: count,
      wr_operations: count,
      flush_operations: count,
      unmap_operations: count.default(0),
      wr_highest_offset: count,
    }),
  }),
)

const blocks = z.array(
  z.object({
    device: text,
    qdev: text.optional(),
    locked: z.boolean(),
    inserted: z.object({ file: text, ro: z.boolean(), drv: text, 'node-name': text.optional() }).optional(),
  }),
)

const migration = z.object({
  status: text.optional(),
  'error-desc': text.optional(),
  'total-time': count.optional(),
  downtime: count.optional(),
  ram: z.object({ transferred: count, remaining: count, total: count }).optional(),
})

const capability = z.object({ capability: text, state: z.boolean() })

/** Schema of each command's result, by its name. */
export const commandResults = {
  qmp_capabilities: nothing,
  'query-status': status,
  'query-version': z.object({
    qemu: z.object({ major: count, minor: count, micro: count }),
    package: text,
  }),
  'query-kvm': z.object({ enabled: z.boolean(), present: z.boolean() }),
  'query-cpus-fast': z.array(
    z.object({ 'cpu-index': count, 'thread-id': count, 'qom-path': text, target: text }),
  ),
  'query-block': blocks,
  'query-blockstats': blockStatistics,
  'query-migrate': migration,
  'query-migrate-capabilities': z.array(capability),
  'query-memory-size-summary': z.object({ 'base-memory': count, 'plugged-memory': count.optional() }),
  'human-monitor-command': text,
  cont: nothing,
  stop: nothing,
  quit: nothing,
  system_powerdown: nothing,
  system_reset: nothing,
  'inject-nmi': nothing,
  'chardev-send-break': nothing,
  pmemsave: nothing,
  'dump-guest-memory': nothing,
  migrate: nothing,
  'migrate-incoming': nothing,
  'migrate-set-capabilities': nothing,
  'migrate-set-parameters': nothing,
  'qom-get': z.unknown(),
} as const

/** Arguments of the commands that take some; the others take none. */
interface CommandArguments {
  'human-monitor-command': { 'command-line': string; 'cpu-index'?: number }
  /** Guest-physical address and size in bytes; the file is written by QEMU's user. */
  pmemsave: { val: number; size: number; filename: string }
  'dump-guest-memory': { paging: boolean; protocol: string; begin?: number; length?: number; format?: string }
  migrate: { uri: string; detach?: boolean }
  'migrate-incoming': { uri: string }
  'migrate-set-capabilities': { capabilities: readonly { capability: string; state: boolean }[] }
  'migrate-set-parameters': { 'max-bandwidth'?: number; 'downtime-limit'?: number }
  /** The id of a character device, as `-chardev` gives it. */
  'chardev-send-break': { id: string }
  'qom-get': { path: string; property: string }
}

export type QmpCommandName = keyof typeof commandResults
export type QmpResult<Name extends QmpCommandName> = z.output<(typeof commandResults)[Name]>
export type QmpArguments<Name extends QmpCommandName> = Name extends keyof CommandArguments
  ? CommandArguments[Name]
  : undefined
