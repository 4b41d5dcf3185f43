import { z } from 'zod'
import { messageOf } from '../common/errors.ts'
import { readWhole } from './byte-source.ts'
import type { FileTree } from './file-tree.ts'

/** When LinuxKit's init runs a container: while booting one by one, as a daemon, or while going down. */
export const containerKinds = ['onboot', 'services', 'onshutdown'] as const
export type ContainerKind = (typeof containerKinds)[number]

/** What Drydock reads of config.json (opencontainers/runtime-spec); capabilities as they stand there. */
const configSchema = z.object({
  process: z
    .object({
      args: z.array(z.string()).nullish(),
      user: z.object({ uid: z.number(), gid: z.number() }).nullish(),
      capabilities: z.object({ bounding: z.array(z.string()).nullish() }).nullish(),
      noNewPrivileges: z.boolean().nullish(),
      apparmorProfile: z.string().nullish(),
      selinuxLabel: z.string().nullish(),
    })
    .nullish(),
  root: z.object({ path: z.string(), readonly: z.boolean().nullish() }).nullish(),
  linux: z
    .object({
      namespaces: z.array(z.object({ type: z.string(), path: z.string().nullish() })).nullish(),
      seccomp: z.unknown().nullish(),
    })
    .nullish(),
})

/** A container as its bundle in the image declares it. */
export interface ContainerConfig {
  readonly command: readonly string[]
  readonly uid: number
  readonly gid: number
  /** The bounding set; empty where none is named. */
  readonly capabilities: readonly string[]
  readonly noNewPrivileges: boolean
  readonly seccomp: boolean
  /** AppArmor's or SELinux's; undefined for none. */
  readonly label: string | undefined
  /** Namespaces of its own; those that are given by a path are shared with somebody. */
  readonly namespaces: readonly string[]
  readonly readOnlyRoot: boolean
}

export interface Container {
  readonly kind: ContainerKind
  /** Without the number that orders the ones at boot. */
  readonly name: string
  /** The bundle: `/containers/services/sshd`. */
  readonly path: string
  /** Its root file system: `rootfs`, or `lower` under an overlay; undefined where the bundle has none. */
  readonly root: string | undefined
  readonly config: ContainerConfig | undefined
  /** Why there is no configuration. */
  readonly problem: string | undefined
}

const mostConfigBytes = 4 * 1024 * 1024

/** The containers that LinuxKit builds into an image: bundles below /containers, in the order of their paths. */
export const listContainers = async (tree: FileTree): Promise<Container[]> => {
  const found: Container[] = []
  if (tree.get('/containers')?.type !== 'directory') return found
  const bundle = /^\/containers\/(onboot|services|onshutdown)\/([^/]+)$/
  for (const { path, type } of tree.entries()) {
    const [, kind, name] = bundle.exec(path) ?? []
    const known = containerKinds.find((one) => one === kind)
    if (known === undefined || name === undefined || type !== 'directory') continue
    const root = ['rootfs', 'lower'].find((folder) => tree.get(`${path}/${folder}`)?.type === 'directory')
    found.push({
      kind: known,
      name: name.replace(/^\d{3}-/, ''),
      path,
      root: root === undefined ? undefined : `${path}/${root}`,
      ...(await readConfig(tree, `${path}/config.json`)),
    })
  }
  return found
}

const readConfig = async (tree: FileTree, path: string): Promise<Pick<Container, 'config' | 'problem'>> => {
  const entry = tree.get(path)
  if (entry?.type !== 'file') return { config: undefined, problem: `no ${path}` }
  try {
    const bytes = await readWhole(entry.content, mostConfigBytes)
    return { config: configOf(configSchema.parse(JSON.parse(bytes.toString('utf8')))), problem: undefined }
  } catch (error) {
    const problem = `${path}: ${messageOf(error).replace(/\s+/g, ' ').slice(0, 200)}`
    return { config: undefined, problem }
  }
}

const configOf = ({ process, root, linux }: z.infer<typeof configSchema>): ContainerConfig => ({
  command: process?.args ?? [],
  uid: process?.user?.uid ?? 0,
  gid: process?.user?.gid ?? 0,
  capabilities: process?.capabilities?.bounding ?? [],
  noNewPrivileges: process?.noNewPrivileges === true,
  seccomp: linux?.seccomp !== undefined && linux.seccomp !== null,
  label: process?.apparmorProfile || process?.selinuxLabel || undefined,
  namespaces: (linux?.namespaces ?? []).filter(({ path }) => !path).map(({ type }) => type),
  readOnlyRoot: root?.readonly === true,
})
