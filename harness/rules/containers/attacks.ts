import type { AttemptArguments, Attempted, AttemptName, Place } from '../../guest/probe.ts'
import type { ContainerClaimId } from '../container-claims.ts'

/** What an attack has to know of the host. */
export interface HostFacts {
  /** Number of the keyring that is root's. */
  readonly keyring: number
}

/** One way to try to leave a container, or to harm what is outside. */
export interface Attack {
  /** In words; with the container's name it is what a waiver names. */
  readonly what: string
  readonly run: (place: Place, host: HostFacts) => Promise<Attempted>
  /** The same where it must succeed, where that takes other arguments. @default run */
  readonly control?: (place: Place, host: HostFacts) => Promise<Attempted>
  /** The same as root on the host, where that takes other arguments. @default control */
  readonly onHost?: (place: Place, host: HostFacts) => Promise<Attempted>
  /** Answers that are refusals, beside the kernel's usual ones. */
  readonly refusals?: readonly string[]
}

/** The attacks that decide one claim. */
export interface AttackClass {
  readonly id: ContainerClaimId
  readonly attacks: readonly Attack[]
}

const attack = <Name extends AttemptName>(
  what: string,
  name: Name,
  args?: AttemptArguments[Name],
  more: Omit<Attack, 'what' | 'run'> = {},
): Attack => ({ what, run: (place) => place.try(name, args), ...more })

/** Where marks are made: the host's /dev can be written before anything else can. */
export const markFolder = '/dev'
const markOf = (place: Place): string =>
  `${markFolder}/drydock-mark-${place.name.replaceAll(/[^a-z0-9]+/gi, '-')}`

const settings = (paths: readonly string[]): readonly Attack[] =>
  paths.map((path) => attack(`open ${path} for writing`, 'open-write', { path }))

const unseen = ['ESRCH']
const unreachable = { refusals: ['ECONNREFUSED', 'ENETUNREACH', 'EHOSTUNREACH'] }

/** What the host listens on for the attacks: a name nobody else has, and a port that no service is registered for. */
export const listener = { name: 'drydock-host', port: 47_474 } as const

/** What is tried from every container that is judged, by the claim that it would break. */
export const attackClasses: readonly AttackClass[] = [
  {
    id: 'escape.usermode-helpers',
    attacks: [
      {
        what: 'name a release agent for a cgroup of version 1 (CVE-2022-0492)',
        run: (place) => place.try('release-agent', { mark: markOf(place) }),
        refusals: ['ENODEV'],
      },
      {
        what: 'name a program for core dumps (CVE-2022-0811)',
        run: (place) => place.try('core-helper', { mark: markOf(place) }),
      },
      ...settings(['/proc/sys/kernel/modprobe', '/proc/sys/kernel/poweroff_cmd', '/proc/sysrq-trigger']),
    ],
  },
  {
    id: 'escape.mounts',
    attacks: [
      attack('mount by fsopen (CVE-2022-0185)', 'fsopen-mount'),
      attack('make a user namespace', 'userns', undefined, { refusals: ['ENOSPC', 'EUSERS'] }),
      attack('mount a tmpfs', 'mount-tmpfs', { path: '/tmp' }),
      attack('bind /proc over /tmp', 'bind-over', { path: '/tmp', source: '/proc' }),
      attack(
        'mount a proc of its own, without masks',
        'file-system',
        { type: 'proc', file: 'kallsyms' },
        {
          refusals: ['EMPTY'],
        },
      ),
    ],
  },
  {
    id: 'escape.file-handles',
    attacks: [attack('open a directory by its handle (shocker)', 'open-by-handle')],
  },
  {
    id: 'escape.device-nodes',
    attacks: [
      attack('make and open loop0', 'mknod-open', { type: 'block', major: 7, minor: 0 }),
      attack('make and open the kernel log', 'mknod-open', { type: 'character', major: 1, minor: 11 }),
    ],
  },
  {
    id: 'escape.kernel-interfaces',
    attacks: [
      attack('load a BPF program', 'bpf-load'),
      attack('count events of the kernel', 'perf-open', { kernel: true }),
      attack('add a key', 'add-key'),
      attack('set up an io_uring', 'io-uring'),
      attack('make a userfaultfd', 'userfaultfd'),
      attack("read the kernel's log", 'syslog-read'),
      attack('kexec_load', 'kexec-load'),
      attack('kexec_file_load', 'kexec-file-load'),
      attack('turn off address randomisation', 'personality'),
      attack(
        'open an AF_ALG socket (CVE-2026-31431)',
        'socket',
        { family: 'AF_ALG' },
        {
          refusals: ['EAFNOSUPPORT'],
        },
      ),
    ],
  },
  {
    id: 'escape.processes',
    attacks: [
      attack('open the root of a process outside', 'host-root', undefined, { refusals: unseen }),
      attack('trace a process outside', 'ptrace-host', undefined, {
        refusals: unseen,
        onHost: (place) => place.try('ptrace', { target: 'sibling' }),
      }),
      attack('signal a process outside', 'kill-host', {}, { refusals: unseen }),
      attack('join a namespace of a process outside', 'setns-host', undefined, {
        refusals: unseen,
      }),
    ],
  },
  {
    id: 'escape.page-cache',
    attacks: [
      {
        what: 'change a file through the page cache',
        // As root, without any capability: a file of root's must be kept from change by its file system, not by its owner.
        run: (place) => place.try('page-cache-write', {}, { uid: 0 }),
        control: (place) => place.try('page-cache-write', { own: true }),
        refusals: ['UNCHANGED'],
      },
    ],
  },
  {
    id: 'container.abstract-sockets',
    attacks: [
      attack('connect to an abstract socket of the host', 'connect', { name: listener.name }, unreachable),
    ],
  },
  {
    id: 'container.network',
    attacks: [
      attack('connect to a port of 127.0.0.1 of the host', 'connect', { port: listener.port }, unreachable),
      attack('find a route to the metadata address', 'route', { address: '169.254.169.254' }, unreachable),
    ],
  },
  {
    id: 'container.keyring',
    attacks: [
      {
        what: "reach the keyring of the host's root",
        run: (place, { keyring }) => place.try('user-keyring', { keyring }),
        refusals: ['ANOTHER'],
      },
    ],
  },
]
