import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'yaml'
import { z } from 'zod'
import { architectures } from '../../harness/common/architecture.ts'
import { DrydockError } from '../../harness/common/errors.ts'
import { rootFileSystems } from './root-image.ts'

const perArchitecture = z.strictObject({ x86_64: z.string(), arm64: z.string() })
/** Words between blanks, so that long lists stay readable in YAML. */
const words = z.string().transform((text) => text.split(/\s+/).filter((word) => word !== ''))
const absolutePath = z.string().startsWith('/')

/** What a root holds: LinuxKit takes container images here, this builder takes files of Debian packages. */
const contents = {
  /** Files of the packages, by path; the libraries that they need follow by themselves. */
  binaries: z.array(absolutePath).default([]),
  /** Programs of images/programs, and where each goes. */
  programs: z.record(z.string(), absolutePath).default({}),
  /** Commands that busybox is in this root. */
  applets: words.default([]),
  /** Symbolic links, path to target. */
  links: z.record(absolutePath, z.string()).default({}),
  /** Further files, path to text. */
  files: z.record(absolutePath, z.string()).default({}),
}

const bind = z.strictObject({
  source: absolutePath,
  target: absolutePath,
  options: z.array(z.string()).default(['rbind', 'ro', 'nosuid', 'nodev', 'noexec']),
})

const tmpfs = z.strictObject({ target: absolutePath, options: z.array(z.string()) })

const container = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9-]*$/),
  ...contents,
  command: z.tuple([absolutePath], z.string()),
  environment: z.array(z.string()).default([]),
  uid: z.int().min(0).default(0),
  /** Namespaces shared with the host; all others are its own. @default none */
  shares: z.array(z.enum(['pid', 'network', 'ipc', 'uts', 'cgroup'])).default([]),
  capabilities: z.union([z.literal('all'), z.array(z.string().startsWith('CAP_'))]).default([]),
  /** No seccomp filter, no masks, may gain privileges, all devices: for ways in, never for services. @default false */
  privileged: z.boolean().default(false),
  /** Whether mounts made inside show outside, and the other way round. @default private */
  propagation: z.enum(['private', 'shared']).default('private'),
  readonly: z.boolean().default(true),
  binds: z.array(bind).default([]),
  tmpfs: z.array(tmpfs).default([]),
  /** Bytes. @default 64 MiB */
  memory: z
    .int()
    .positive()
    .nullable()
    .default(64 << 20),
  pids: z.int().positive().nullable().default(64),
  /** Files that each process may have open. @default 1024 */
  openFiles: z.int().positive().nullable().default(1024),
  /** Percent of one processor. @default 90 */
  cpu: z.int().positive().nullable().default(90),
  runtime: z
    .strictObject({ mkdir: z.array(absolutePath).default([]), requires: z.array(absolutePath).default([]) })
    .prefault({}),
})
export type ContainerDescription = z.infer<typeof container>

const mount = z.strictObject({
  source: z.string(),
  target: absolutePath,
  type: z.string(),
  options: z.array(z.string()),
})
export type MountDescription = z.infer<typeof mount>

const descriptionSchema = z.strictObject({
  packages: z.array(z.string()),
  kernel: z.strictObject({
    package: perArchitecture,
    console: perArchitecture,
    cmdline: z.array(z.string()),
    cmdlineFor: z.partialRecord(z.enum(architectures), z.array(z.string())).default({}),
    /** What the root is. */
    root: z.enum(rootFileSystems),
    /** Names in load order: first those that reach the root, then those of the running system. */
    modules: z.strictObject({ initrd: z.array(z.string()), root: z.array(z.string()) }),
  }),
  init: z.strictObject({ directories: z.array(absolutePath), ...contents }),
  mounts: z.array(mount),
  sysctls: z.strictObject({
    start: z.record(z.string(), z.string()),
    /** Those that have another value on each architecture. */
    startFor: z.partialRecord(z.enum(architectures), z.record(z.string(), z.string())).default({}),
    running: z.record(z.string(), z.string()),
  }),
  onboot: z.array(container),
  services: z.array(container),
  /** Services that only the debug variant has. */
  debugServices: z.array(container),
})
/** The reference image, as images/reference.yml has it with its defaults filled in. */
export type Description = z.infer<typeof descriptionSchema>

export const descriptionPath = join(import.meta.dirname, '..', 'reference.yml')

export const readDescription = async (): Promise<Description> => {
  const parsed = descriptionSchema.safeParse(parse(await readFile(descriptionPath, 'utf8')))
  if (parsed.success) return parsed.data
  throw new DrydockError(`${descriptionPath}: ${z.prettifyError(parsed.error)}`, {
    code: 'DESCRIPTION_INVALID',
    blame: 'usage',
    phase: 'prepare',
  })
}
