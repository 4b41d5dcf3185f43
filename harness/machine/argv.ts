import type { Architecture } from '../common/architecture.ts'

import type { Firmware } from '../target/target.ts'
import { machineArchitectures } from './architectures.ts'
import { type ArgvDisk, disksArgv, flashProperties } from './disks/disk-argv.ts'
import { descriptorOf } from './process/machine-streams.ts'

/** The file that is the guest's memory, or, not shared, what forks start from: their own writes stay with them. */
export interface ArgvMemory {
  readonly file: string
  readonly shared: boolean
  /** Opened for reading alone, which QEMU can from `readOnlyMemorySince` on. Never where it is shared. */
  readonly readOnly: boolean
}

/** The first version of QEMU that can map a file copy-on-write without being able to write to it. */
export const readOnlyMemorySince = '8.2'

export interface ArgvOptions {
  readonly architecture: Architecture
  readonly accelerator: 'kvm' | 'tcg'
  readonly cpu: string
  readonly cpus: number
  readonly memoryMiB: number
  /** Arm64 only. @default true */
  readonly deviceTreeSeed?: boolean | undefined
  /** What starts the disks where there is no kernel. */
  readonly firmware: Firmware
  /** Absent: the disks are started from. */
  readonly kernel: string | undefined
  readonly initrd: string | undefined
  readonly cmdline: string
  readonly disks: readonly ArgvDisk[]
  /** Whether a free port of 127.0.0.1 leads to the guest's port 22. */
  readonly forwardSsh: boolean
  readonly memory: ArgvMemory
  readonly gdbSocket: string
  /** The fifos of serial line 0, without `.in` and `.out`. */
  readonly consolePipe: string
}

/** Nothing that QEMU could do for a guest that broke into it: no new programs, privileges or schedulers. */
export const sandbox = 'on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny'

/** Nothing that was not asked for: no default devices, no configuration of the host's, no window. */
export const bareMachine: readonly string[] = [
  '-nodefaults',
  '-no-user-config',
  '-display',
  'none',
  '-sandbox',
  sandbox,
]

/** Bytes of translated code QEMU may keep; its own default grows with the host's memory. */
const translationCacheMiB = 256

/** The virtio port that the probe serves on, as the guest finds it in /sys/class/virtio-ports/NAME/name. */
export const probePortName = 'drydock.probe'

/** The arguments for a guest that waits (-S) with its streams connected and its memory in a file. */
export const guestArgv = (options: ArgvOptions): string[] => [
  ...bareMachine,
  ...['-name', 'drydock,debug-threads=on'],
  ...machine(options),
  '-S',
  // A fork waits for its state.
  ...(options.memory.shared ? [] : ['-incoming', 'defer']),
  ...['-action', 'reboot=shutdown,shutdown=poweroff,panic=none'],
  ...(options.kernel === undefined ? [] : ['-kernel', options.kernel]),
  // An empty one would take the place of that which a unified kernel image brings.
  ...(options.kernel === undefined || options.cmdline === '' ? [] : ['-append', options.cmdline]),
  ...(options.initrd === undefined ? [] : ['-initrd', options.initrd]),
  ...streams(options),
  ...network(options.forwardSsh),
  ...disksArgv(options.disks, { bootable: options.kernel === undefined }),
  ...json('-object', { 'qom-type': 'rng-random', id: 'entropy', filename: '/dev/urandom' }),
  ...json('-device', { driver: 'virtio-rng-pci', rng: 'entropy' }),
  ...json('-device', { driver: 'pvpanic-pci' }),
]

/** `-accel` with its properties. */
export const acceleratorArgv = (accelerator: 'kvm' | 'tcg'): string[] => [
  '-accel',
  accelerator === 'kvm' ? 'kvm' : `tcg,tb-size=${translationCacheMiB}`,
]

const machine = ({ architecture, accelerator, memoryMiB, memory, disks, ...options }: ArgvOptions) => [
  '-machine',
  `${machineArchitectures[architecture].machine},memory-backend=memory,dump-guest-core=off${flashProperties(disks)}` +
    // The BIOS then speaks on the serial line, and so do loaders that speak through it (etc/sercon-port).
    (options.firmware === 'bios' ? ',graphics=off' : '') +
    (options.deviceTreeSeed === false ? ',dtb-randomness=off' : ''),
  ...acceleratorArgv(accelerator),
  ...['-cpu', options.cpu, '-smp', `${options.cpus}`, '-m', `${memoryMiB}M`],
  ...json('-object', {
    'qom-type': 'memory-backend-file',
    id: 'memory',
    size: memoryMiB * 1024 * 1024,
    'mem-path': memory.file,
    share: memory.shared,
    ...(memory.readOnly ? { readonly: true, rom: 'off' } : {}),
  }),
]

const streams = ({ gdbSocket, consolePipe }: ArgvOptions) => [
  ...['-chardev', `pipe,id=console,path=${escapeValue(consolePipe)}`],
  ...['-serial', 'chardev:console'],
  ...socket('port'),
  ...socket('probePort'),
  ...json('-device', { driver: 'virtio-serial-pci' }),
  ...json('-device', { driver: 'virtconsole', chardev: 'port' }),
  // QEMU tells of a port that the guest opens or closes where it has an id.
  ...json('-device', {
    driver: 'virtserialport',
    id: probePortName,
    chardev: 'probePort',
    name: probePortName,
  }),
  ...socket('qmp'),
  ...['-mon', 'chardev=qmp,mode=control'],
  ...['-chardev', `socket,id=gdb,path=${escapeValue(gdbSocket)},server=on,wait=off`, '-gdb', 'chardev:gdb'],
]

const socket = (stream: 'port' | 'probePort' | 'packets' | 'qmp') => [
  '-chardev',
  `socket,id=${stream},fd=${descriptorOf(stream)}`,
]

// Port 0 lets the host choose; restrict=on leaves the guest nothing but DHCP and this one way in.
const network = (forwardSsh: boolean) => [
  ...['-netdev', `user,id=net,restrict=on${forwardSsh ? ',hostfwd=tcp:127.0.0.1:0-:22' : ''}`],
  ...json('-device', { driver: 'virtio-net-pci', netdev: 'net', romfile: '' }),
  // The queue is the network's: what it receives, the guest has sent.
  ...socket('packets'),
  ...json('-object', {
    'qom-type': 'filter-mirror',
    id: 'sent',
    netdev: 'net',
    queue: 'rx',
    outdev: 'packets',
  }),
]

const json = (option: string, value: object) => [option, JSON.stringify(value)]

/** In QEMU's key=value lists a comma of a value is doubled. */
export const escapeValue = (value: string): string => value.replaceAll(',', ',,')
