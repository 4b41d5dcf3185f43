import type { Architecture } from '../../common/architecture.ts'
import type { QmpClient } from '../qmp.ts'

/** What looking from outside needs of a machine. */
export interface ObservedMachine {
  readonly architecture: Architecture
  readonly qmp: Pick<QmpClient, 'execute' | 'human'>
  /** The guest's memory: a file that QEMU maps shared. */
  readonly memoryFile: string
  /** Unix socket of the gdb stub. */
  readonly gdbSocket: string
}
