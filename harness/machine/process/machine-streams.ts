import { firstInherited } from './qemu-process.ts'

/** The sockets between us and QEMU, in the order of QEMU's descriptors; `incoming` carries the state of a fork, `packets` what its guest sends. */
export const machineStreams = ['port', 'probePort', 'incoming', 'packets', 'qmp'] as const
export type MachineStream = (typeof machineStreams)[number]

/** QEMU's descriptor of a stream. */
export const descriptorOf = (stream: MachineStream): number => firstInherited + machineStreams.indexOf(stream)

/** QEMU's number of the first descriptor after those of the streams. */
export const firstFileDescriptor = firstInherited + machineStreams.length
