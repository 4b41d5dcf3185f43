import { chmod, open, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { DrydockError, messageOf } from '../../common/errors.ts'
import { lastLines } from '../../common/text.ts'
import type { StartedMachine } from '../machine-states.ts'
import { RunningMachine } from '../running-machine.ts'
import { frozenMode } from '../start-machine.ts'
import { withBootFileHeads } from './boot-file-heads.ts'
import type { FrozenMachine } from './frozen-machine.ts'
import { keepIn } from './keep.ts'
import { KeptMachine } from './kept-machine.ts'
import { saveState } from './migration.ts'
import { openKept } from './open.ts'

export interface FreezeOptions {
  /**
   * Existing empty folder, of mode 0700, that takes all that the frozen machine is, to be opened again later.
   * Absent: its memory stays in the run directory, until it is disposed of.
   */
  readonly into?: string | undefined
  /** Gives up; the machine is ended all the same. */
  readonly signal?: AbortSignal | undefined
}

/** Not the name of a memory that still grows, which others reckon with. */
const frozenName = 'frozen-memory'

/**
 * Freezes a machine, which ends it: its QEMU is gone afterwards, whether this succeeds or not.
 * Throws `FREEZE_REFUSED` with QEMU's words.
 */
export const freezeMachine = async (
  machine: StartedMachine,
  { into, signal }: FreezeOptions = {},
): Promise<FrozenMachine> => {
  // Ends it in any case.
  await using ending = machine
  if (!(ending instanceof RunningMachine) || ending.origin === 'fork') {
    throw refused('only a machine from power-on has its memory in a file of its own')
  }
  using _ = ending.killOn(signal)
  const state = await saved(ending, signal)
  const resources = ending.parts.belongings.move()
  try {
    await ending.stop()
    signal?.throwIfAborted()
    if (into === undefined) return await keepInPlace(ending, state, resources)
    await using _taken = resources
    return await openKept(into, await keepIn(into, ending.parts, state, signal), 'trust')
  } catch (error) {
    await resources.disposeAsync()
    throw error
  }
}

const saved = async (machine: RunningMachine, signal: AbortSignal | undefined): Promise<Buffer> => {
  try {
    return await saveState(machine.qmp, machine.parts.directory.path, machine.parts.user)
  } catch (cause) {
    const { stderrTail } = await machine.stop()
    signal?.throwIfAborted()
    throw refused([messageOf(cause), lastLines(stderrTail, 5).trim()].filter(Boolean).join('\n'), cause)
  }
}

/** Leaves the memory where it is. Forks run as users of their own, and share the group. */
const keepInPlace = async ({ parts }: RunningMachine, state: Buffer, resources: AsyncDisposableStack) => {
  const { making, directory, user } = parts
  const memoryPath = join(directory.path, frozenName)
  await rename(directory.memoryFile, memoryPath)
  if (user !== undefined) await chmod(memoryPath, frozenMode(making.qemu))
  const memory = resources.use(await open(memoryPath, 'r'))
  const files = await withBootFileHeads(parts.files, making.spec.architecture, {
    ...{ directory: directory.path, user },
    hold: (handle) => resources.use(handle),
  })
  return new KeptMachine({ ...{ making, files, memory, memoryPath, state, resources }, group: user?.gid })
}

const refused = (why: string, cause?: unknown) =>
  new DrydockError(`expected QEMU to give the machine's state, to freeze it: ${why}`, {
    code: 'FREEZE_REFUSED',
    blame: 'testbed',
    phase: 'prepare',
    cause,
  })
