import { randomInt } from 'node:crypto'
import which from 'which'
import { DrydockError } from '../../common/errors.ts'
import type { KvmAccess } from './kvm-access.ts'

/** Numeric user and group of one QEMU where we are root; undefined where it runs as the user we are. */
export type QemuUser = { readonly uid: number; readonly gid: number } | undefined

// systemd's range for dynamic users (systemd.exec(5)): no file and no other process belongs to them.
const firstUser = 61_184
const lastUser = 65_519

export const isRoot = (): boolean => process.geteuid?.() === 0

/**
 * A user for one QEMU: another one each time, so that guests cannot reach each other's files. The group has the same
 * number, but for forks, which share the group that may read what they come from.
 */
export const qemuUser = (sharedGroup?: number): QemuUser => {
  if (!isRoot()) return undefined
  const uid = randomInt(firstUser, lastUser + 1)
  return { uid, gid: sharedGroup ?? uid }
}

export interface Command {
  readonly file: string
  readonly args: readonly string[]
}

/**
 * Wraps a command so that it runs without privileges, cannot gain any, and is killed by the kernel when this process
 * ends in whatever way. `kvm`: how it reaches /dev/kvm; absent where it needs it not.
 */
export const confine = async (command: Command, user: QemuUser, kvm?: KvmAccess): Promise<Command> => {
  const setpriv = [
    await utility('setpriv'),
    ...(user === undefined
      ? []
      : [`--reuid=${user.uid}`, `--regid=${user.gid}`, groups(kvm), '--bounding-set=-all']),
    '--inh-caps=-all',
    '--no-new-privs',
    '--pdeathsig=KILL',
  ]
  const words = [
    ...setpriv,
    '--',
    '/bin/sh',
    '-c',
    unlessOrphaned,
    'sh',
    `${process.pid}`,
    command.file,
    ...command.args,
  ]
  const [file = '', ...args] =
    kvm?.way === 'node' && user !== undefined ? await ownKvmNode(words, user.uid) : words
  return { file, args }
}

const groups = (kvm: KvmAccess | undefined) =>
  kvm?.way === 'group' ? `--groups=${kvm.group}` : '--clear-groups'

// The death signal is only sent for deaths after it was asked for: one before shows as another parent. A core dump would be
// the guest's memory on the host's disk.
const unlessOrphaned = '[ "$PPID" -eq "$1" ] || exit 70; shift; ulimit -c 0; exec "$@"'

/** Runs in a private mount namespace in which /dev/kvm is a node that belongs to `uid`. */
const ownKvmNode = async (words: readonly string[], uid: number): Promise<string[]> => [
  await utility('unshare'),
  '--mount',
  '--propagation=private',
  '--',
  '/bin/sh',
  '-euc',
  [
    'numbers=$(stat -c "0x%t 0x%T" /dev/kvm)',
    'mount -t tmpfs -o mode=0755,size=64k drydock /mnt',
    'mknod -m 0600 /mnt/kvm c $numbers',
    'chown "$1" /mnt/kvm',
    'mount --bind /mnt/kvm /dev/kvm',
    'umount /mnt',
    'shift',
    'exec "$@"',
  ].join('\n'),
  'sh',
  `${uid}`,
  ...words,
]

const utility = async (name: string): Promise<string> => {
  const path = await which(name, { nothrow: true })
  if (path !== null) return path
  throw new DrydockError(`expected the program ${name} in PATH, found none`, {
    code: 'UTILITY_MISSING',
    blame: 'testbed',
    phase: 'prepare',
    hint: 'Install it with: apt-get install util-linux',
  })
}
