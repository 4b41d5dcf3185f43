import type { Architecture } from '../../common/architecture.ts'
import type { MachineOrigin } from '../machine-states.ts'
import type { QmpClient } from '../qmp.ts'

/** What looking from outside needs of a machine. */
export interface ObservedMachine {
  readonly architecture: Architecture
  readonly qmp: Pick<QmpClient, 'execute' | 'human'>
  /** A fork's own writes to its memory are in no file. */
  readonly origin: MachineOrigin
  /** QEMU's process. */
  readonly pid: number
  /** The guest's memory, unless it is a fork: a file that QEMU maps shared. */
  readonly memoryFile: string
  /** Unix socket of the gdb stub. */
  readonly gdbSocket: string
}
