import { z } from 'zod'
import { parseJson } from './oci-spec-json.ts'

/** Bytes of a config.json at most; Docker's with its seccomp profile has 20 KB. */
export const mostSpecBytes = 4 * 1024 * 1024

export const specNamespaces = ['cgroup', 'ipc', 'mount', 'network', 'pid', 'time', 'user', 'uts'] as const
export type SpecNamespace = (typeof specNamespaces)[number]

export const capabilitySets = ['bounding', 'effective', 'permitted', 'inheritable', 'ambient'] as const
export type CapabilitySet = (typeof capabilitySets)[number]

/** Go writes null for a list or an object that is empty. */
const list = <Item extends z.ZodType>(item: Item) =>
  z
    .array(item)
    .nullish()
    .transform((items) => items ?? [])

const strings = list(z.string())
const flag = z
  .boolean()
  .nullish()
  .transform((value) => value === true)
const text = z
  .string()
  .nullish()
  .transform((value) => value ?? '')
const whole = z.number().refine(Number.isInteger, 'a whole number')
const natural = z.number().refine((value) => Number.isInteger(value) && value >= 0, 'a whole number from 0')
const optional = whole.nullish().transform((value) => value ?? undefined)

const actions = [
  ...['SCMP_ACT_KILL', 'SCMP_ACT_KILL_PROCESS', 'SCMP_ACT_KILL_THREAD', 'SCMP_ACT_TRAP', 'SCMP_ACT_ERRNO'],
  ...['SCMP_ACT_TRACE', 'SCMP_ACT_ALLOW', 'SCMP_ACT_LOG', 'SCMP_ACT_NOTIFY'],
] as const

const operators = [
  ...['SCMP_CMP_NE', 'SCMP_CMP_LT', 'SCMP_CMP_LE', 'SCMP_CMP_EQ', 'SCMP_CMP_GE', 'SCMP_CMP_GT'],
  'SCMP_CMP_MASKED_EQ',
] as const

const seccomp = z.object({
  defaultAction: z.enum(actions),
  architectures: strings,
  syscalls: list(
    z.object({
      names: z.array(z.string()),
      action: z.enum(actions),
      args: list(
        z.object({
          index: natural,
          value: natural,
          valueTwo: natural.nullish().transform((value) => value ?? 0),
          op: z.enum(operators),
        }),
      ),
    }),
  ),
})
/** `linux.seccomp`: what a filter does with each system call. */
export type Seccomp = z.output<typeof seccomp>

const device = {
  type: text,
  major: optional,
  minor: optional,
}

const processSchema = z.object({
  cwd: text,
  user: z
    .object({ uid: natural.nullish(), gid: natural.nullish() })
    .nullish()
    .transform((user) => ({ uid: user?.uid ?? 0, gid: user?.gid ?? 0 })),
  capabilities: z
    .object({
      bounding: strings,
      effective: strings,
      permitted: strings,
      inheritable: strings,
      ambient: strings,
    })
    .nullish(),
  rlimits: list(z.object({ type: z.string(), soft: natural, hard: natural })),
  noNewPrivileges: flag,
  apparmorProfile: text,
  selinuxLabel: text,
})

const linuxSchema = z.object({
  namespaces: list(z.object({ type: z.enum(specNamespaces), path: text })),
  uidMappings: list(z.object({ containerID: natural, hostID: natural, size: natural })),
  devices: list(z.object({ path: z.string(), ...device })),
  resources: z
    .object({
      devices: list(z.object({ allow: z.boolean(), ...device, access: text })),
      memory: z.object({ limit: optional }).nullish(),
      pids: z.object({ limit: optional }).nullish(),
      cpu: z.object({ quota: optional, period: optional }).nullish(),
    })
    .nullish(),
  seccomp: seccomp.nullish().transform((value) => value ?? undefined),
  rootfsPropagation: text,
  maskedPaths: strings,
  readonlyPaths: strings,
  sysctl: z
    .record(z.string(), z.string())
    .nullish()
    .transform((value) => value ?? {}),
})

const hook = list(z.object({ path: z.string() }))

/** What is judged of config.json (opencontainers/runtime-spec 1.2: config.md, config-linux.md); all that may be left out has its default. */
const spec = z.object({
  ociVersion: z.string(),
  process: processSchema.nullish().transform((value) => value ?? processSchema.parse({})),
  root: z
    .object({ path: text, readonly: flag })
    .nullish()
    .transform((value) => value ?? { path: '', readonly: false }),
  mounts: list(z.object({ destination: z.string(), type: text, source: text, options: strings })),
  linux: linuxSchema.nullish().transform((value) => value ?? linuxSchema.parse({})),
  hooks: z
    .object({
      prestart: hook,
      createRuntime: hook,
      createContainer: hook,
      startContainer: hook,
      poststop: hook,
    })
    .nullish(),
})
/** A container as its bundle's config.json describes it. */
export type OciSpec = z.output<typeof spec>
export type SpecMount = OciSpec['mounts'][number]
export type DeviceRule = NonNullable<OciSpec['linux']['resources']>['devices'][number]

/** What LinuxKit does for a container beside config.json (linuxkit, src/cmd/linuxkit/moby/config.go, Runtime). */
const runtime = z.object({
  bindNS: z
    .record(z.string(), z.string().nullish())
    .nullish()
    .transform((value) => value ?? {}),
})
export type LinuxkitRuntime = z.output<typeof runtime>

/**
 * Reads a config.json.
 * @param path only names it in errors
 * @throws DrydockError of blame `usage`, `FILE:LINE: expected ..., found ...`
 */
export const readOciSpec = (bytes: Uint8Array, path: string): OciSpec => parseJson(bytes, path, spec)

/** Reads LinuxKit's runtime.json, which stands beside a config.json. Throws as `readOciSpec` does. */
export const readLinuxkitRuntime = (bytes: Uint8Array, path: string): LinuxkitRuntime =>
  parseJson(bytes, path, runtime)
