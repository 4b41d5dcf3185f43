import type { Duplex } from 'node:stream'
import type { Architecture } from '../common/architecture.ts'
import type { Place } from './place.ts'
import {
  oneShotConnection,
  type ProbeConnection,
  spawnedStream,
  streamConnection,
} from './probe-connection.ts'
import {
  containersSchema,
  mappingsSchema,
  parseAnswer,
  processesSchema,
  socketOwnersSchema,
  startedSchema,
} from './probe-messages.ts'
import { placeOver } from './probe-place.ts'
import { greetPort } from './probe-port.ts'
import { probeProgram, uploadProbe, type Whereabouts } from './probe-upload.ts'
import type { RunningCode, SocketOwner } from './running-code.ts'
import type { Shell } from './shell.ts'
import type { SshShell } from './ssh-session.ts'

export type { AttemptArguments, Attempted, AttemptName } from './attempt.ts'
export type { FileStat, KernelMessage, Link, Place, SystemCall } from './place.ts'
export type { ExecutableMapping, MappedFile, RunningCode, SocketOwner } from './running-code.ts'

export const namespaceTypes = ['cgroup', 'ipc', 'mnt', 'net', 'pid', 'time', 'user', 'uts'] as const
export type NamespaceType = (typeof namespaceTypes)[number]

export interface ProcessInfo {
  readonly pid: number
  readonly ppid: number
  readonly comm: string
  /** Path of its program in its own root; undefined for kernel threads. */
  readonly exe: string | undefined
  readonly arguments: readonly string[]
  readonly uid: number
  readonly gid: number
  readonly capabilities: {
    readonly effective: bigint
    readonly permitted: bigint
    readonly inheritable: bigint
    readonly bounding: bigint
    readonly ambient: bigint
  }
  /** 0 none, 1 strict, 2 filter. */
  readonly seccomp: number
  readonly noNewPrivileges: boolean
  /** Inode numbers; one that the kernel does not have, or that could not be read, is absent. */
  readonly namespaces: Readonly<Partial<Record<NamespaceType, number>>>
  /** Path in the cgroup v2 hierarchy. */
  readonly cgroup: string | undefined
  /** Its root directory as /proc/PID/root names it. */
  readonly root: string | undefined
  readonly kernelThread: boolean
  /** /proc/PID/attr/current: its AppArmor profile or SELinux label. */
  readonly label: string | undefined
  /** Id of the container that it belongs to; undefined on the host. */
  readonly container: string | undefined
}

/** A container that runc or crun runs (for containerd, Docker, Podman or alone), found by its state file and its living first process. */
export interface ContainerInfo {
  readonly id: string
  /** Host pid of its first process. */
  readonly pid: number
  /** Directory with config.json, as the host names it. */
  readonly bundle: string
  /** containerd's namespace; undefined where the runtime was started without it. */
  readonly namespace: string | undefined
  /** The runtime's --root. */
  readonly runtimeRoot: string
}

/** A container of Drydock's own: made to allow what others must refuse, or to mislead the runtime. */
export interface OwnContainer {
  /** New in the guest; without `/` and `.`. */
  readonly name: string
  /** Its config.json; the probe chooses the arguments of the process and the path of the root. */
  readonly spec: Readonly<Record<string, unknown>>
  /** What is in its root: a link where there is a target, a file where there is content, else a directory. */
  readonly root: readonly { readonly path: string; readonly link?: string; readonly content?: string }[]
}

/** A container that runs, or what the runtime said instead. */
export type StartedContainer = { readonly place: Place } | { readonly refused: string }

export interface Probe extends AsyncDisposable {
  /** How it is reached: over its virtio port, or through a shell where the guest has no such port. */
  readonly way: 'port' | Shell['kind']
  /** For reaching it again in a fork. */
  readonly whereabouts: Whereabouts
  readonly host: Place
  containers(): Promise<readonly ContainerInfo[]>
  /** By its id; `namespace/id` where two namespaces have the same one. */
  container(id: string): Place
  /** Has runc start a container of Drydock's own, which stays until the guest ends: for guests of a check's own. */
  start(container: OwnContainer): Promise<StartedContainer>
  /** Every process of the guest but the probe's own. */
  processes(): Promise<readonly ProcessInfo[]>
  /** What every process of the guest but the probe's own can run, with the SHA-256 of each file. */
  runningCode(): Promise<readonly RunningCode[]>
  socketOwners(): Promise<readonly SocketOwner[]>
  /** Resolves when nothing is being asked. */
  idle(): Promise<void>
  /** Ends the connection, not the probe. */
  leave(): Promise<void>
}

export interface ConnectOptions {
  /** The virtio port's host end. */
  readonly port: Duplex
  /** For where the probe does not serve on the port. */
  readonly shell: Shell
  /** Rejects when the guest has died. */
  readonly lost: Promise<never>
}

/** Uploads the probe through a shell, leaving no file behind, and starts it. */
export const startProbe = async (architecture: Architecture, options: ConnectOptions): Promise<Probe> =>
  await connectProbe(await uploadProbe(options.shell, await probeProgram(architecture)), options)

/** Hashing a hundred megabytes of programs on an emulated processor. */
const hashMs = 300_000

/** A runtime takes a second or two to start a container on an emulated processor. */
const startMs = 60_000

/** A probe that serves answers within milliseconds; a busy host may emulate its guest slowly. */
export const greetingMs = 20_000

/** Connects to a probe that was uploaded before. */
export const connectProbe = async (
  whereabouts: Whereabouts,
  { port, shell, lost }: ConnectOptions,
): Promise<Probe> => {
  if (whereabouts.portProblem === null) {
    const greeted = await greetPort(port, { lost, timeoutMs: greetingMs, setClock: false })
    return probeOver(streamConnection(greeted), whereabouts, 'port')
  }
  const connection = isSshShell(shell)
    ? streamConnection(await spawnedStream(shell, [whereabouts.path, 'serve']))
    : oneShotConnection(shell, [whereabouts.path, 'once'])
  return probeOver(connection, whereabouts, shell)
}

/** @param way The port, or the shell that leads to it */
export const probeOver = (
  connection: ProbeConnection,
  whereabouts: Whereabouts,
  way: 'port' | Shell,
): Probe => ({
  whereabouts,
  way: way === 'port' ? 'port' : way.kind,
  host: placeOver(connection, 'host', 'host'),
  container: (id) => placeOver(connection, `container ${id}`, `container:${id}`),
  async containers() {
    const answer = await connection.ask({ op: 'containers', place: 'host' })
    return parseAnswer(containersSchema, answer, 'a list of containers').map((container) => ({
      ...container,
      namespace: container.namespace,
    }))
  },
  async start(container) {
    const answer = await connection.ask({ op: 'start', place: 'host', args: container, timeoutMs: startMs })
    const { started, reason = 'no reason given' } = parseAnswer(startedSchema, answer, 'a container')
    const { name } = container
    return started
      ? { place: placeOver(connection, `container ${name}`, `container:${name}`) }
      : { refused: reason }
  },
  async processes() {
    const answer = await connection.ask({ op: 'processes', place: 'host' })
    return parseAnswer(processesSchema, answer, 'a list of processes').map(
      ({ exe, cgroup, root, label, container, ...rest }) => ({
        exe,
        cgroup,
        root,
        label,
        container,
        ...rest,
      }),
    )
  },
  async runningCode() {
    const answer = await connection.ask({ op: 'mappings', place: 'host', timeoutMs: hashMs })
    return parseAnswer(mappingsSchema, answer, 'what processes run')
  },
  async socketOwners() {
    const answer = await connection.ask({ op: 'sockets', place: 'host' })
    return parseAnswer(socketOwnersSchema, answer, 'who has which sockets')
  },
  idle: () => connection.idle(),
  leave: async () => await connection[Symbol.asyncDispose](),
  async [Symbol.asyncDispose]() {
    const ended =
      way === 'port'
        ? connection.ask({ op: 'end', place: 'host' })
        : way.run(['kill', String(whereabouts.pid)], { timeoutMs: 5000, reason: 'to end the probe' })
    await ended.catch(() => {})
    await connection[Symbol.asyncDispose]()
  },
})

const isSshShell = (shell: Shell): shell is SshShell => 'spawn' in shell && typeof shell.spawn === 'function'
