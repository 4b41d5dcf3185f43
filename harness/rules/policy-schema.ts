import { z } from 'zod'
import { architectures } from '../common/architecture.ts'
import { daemonLayer } from './daemons/daemon-policy.ts'
import { namesSomething } from './pattern.ts'
import { limits, lockdownModes, namespaces, panicEnds } from './policy.ts'

const reason = z.string().trim().min(1)
const path = z.string().regex(/^\/\S*$/, 'an absolute path')
const scalar = z.union([z.string(), z.number(), z.boolean()])

const writableMount = z.strictObject({
  fileSystem: z.string().min(1),
  flags: z
    .array(z.string().regex(/^[a-z_]+$/, 'a mount flag such as nosuid'))
    .default(['nosuid', 'nodev', 'noexec']),
  sizeLimit: z.boolean().default(true),
})

/** `init_on_alloc: 1` for init_on_alloc=1, `slab_nomerge: true` for the bare word, null takes it out. */
const parameters = z.record(
  z.string().regex(/^[^\s="]+$/, 'the name of a kernel parameter'),
  z.union([z.string().regex(/^[^\s"]+$/, 'a value without blanks'), z.number(), z.literal(true)]).nullable(),
)

const parametersByArchitecture = z.strictObject({
  all: parameters.optional(),
  x86_64: parameters.optional(),
  arm64: parameters.optional(),
})

const expectation = {
  capabilities: z.array(z.string().regex(/^CAP_[A-Z_]+$/, 'a capability such as CAP_NET_RAW')).optional(),
  namespaces: z.array(z.enum(namespaces)).optional(),
  limits: z.array(z.enum(limits)).optional(),
  seccomp: z.boolean().optional(),
  noNewPrivileges: z.boolean().optional(),
  readOnlyRoot: z.boolean().optional(),
}

const waiver = z.strictObject({
  check: z.string().min(1),
  architecture: z.enum(architectures).optional(),
  subjects: z
    .array(
      z.string().max(1000).refine(namesSomething, 'a subject, or a glob that names at least a part of one'),
    )
    .min(1),
  reason,
  expires: z.iso.date({ error: 'a date as YYYY-MM-DD' }),
})

/**
 * One policy file. In what mappings hold by name, null takes out what a layer below has put in; all other values
 * replace it; waivers add up.
 */
export const policyLayer = z.strictObject({
  /** A shipped policy's name, a file relative to this one, or `none`. @default moby */
  extends: z.string().min(1).optional(),
  mounts: z.strictObject({ writable: z.record(path, writableMount.nullable()).optional() }).optional(),
  files: z
    .strictObject({
      setuid: z.record(path, reason.nullable()).optional(),
      capabilities: z.record(path, reason.nullable()).optional(),
    })
    .optional(),
  /** `dhcp` or `ntp 10.0.0.1:123`, with the reason. */
  network: z.strictObject({ sends: z.record(z.string().min(1), reason.nullable()).optional() }).optional(),
  /** `disk0`, with the reason. */
  disks: z
    .strictObject({
      stateful: z.record(z.string().regex(/^disk\d+$/, 'a disk such as disk0'), reason.nullable()).optional(),
    })
    .optional(),
  cmdline: z
    .strictObject({
      required: parametersByArchitecture.optional(),
      forbidden: parametersByArchitecture.optional(),
    })
    .optional(),
  /** A shipped kernel policy's name, or a file relative to this one. */
  kernel: z.string().min(1).optional(),
  /** A file relative to this one, as `drydock baseline` writes it. */
  inventory: z.string().min(1).optional(),
  daemons: daemonLayer.optional(),
  /** The least mode of kernel_lockdown(7). */
  lockdown: z.enum(lockdownModes).optional(),
  /** Replaces the list of a layer below. */
  securityModules: z
    .array(z.string().regex(/^[a-z][a-z0-9_]*$/, 'a security module such as yama'))
    .optional(),
  /** What becomes of a machine whose kernel panics. */
  panic: z.strictObject({ end: z.enum(panicEnds), withinSeconds: z.int().min(1).max(180) }).optional(),
  sysctls: z
    .record(
      z.string().regex(/^[a-z0-9_]+(\.[^\s.]+)+$/, 'the name of a sysctl such as kernel.kptr_restrict'),
      z.union([scalar, z.array(scalar).min(1)]).nullable(),
    )
    .optional(),
  containers: z
    .strictObject({
      default: z.strictObject(expectation).optional(),
      named: z
        .record(
          z.string().min(1),
          z
            .union([z.strictObject({ trusted: reason }), z.strictObject({ reason, ...expectation })])
            .nullable(),
        )
        .optional(),
    })
    .optional(),
  waivers: z.array(waiver).optional(),
})

export type PolicyLayer = z.output<typeof policyLayer>
