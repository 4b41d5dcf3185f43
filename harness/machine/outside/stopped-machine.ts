import PQueue from 'p-queue'
import { DrydockError } from '../../common/errors.ts'
import { GdbClient } from '../gdb/client.ts'
import type { GdbRegister } from '../gdb/target-description.ts'
import type { ObservedMachine } from './observed-machine.ts'

/** The stub takes one client at a time, and who lets the machine run again must be the one who stopped it. */
const turns = new WeakMap<ObservedMachine['qmp'], PQueue>()
const descriptions = new WeakMap<ObservedMachine['qmp'], ReadonlyMap<string, GdbRegister>>()

const turnOf = (machine: ObservedMachine): PQueue => {
  const known = turns.get(machine.qmp) ?? new PQueue({ concurrency: 1 })
  turns.set(machine.qmp, known)
  return known
}

/**
 * Runs `look` while no virtual CPU runs. A machine that was running runs again afterwards, whatever happened; one that
 * was stopped stays so. QMP shows a STOP and a RESUME event for it.
 */
export const whileStopped = async <Result>(
  machine: ObservedMachine,
  look: (gdb: GdbClient) => Promise<Result>,
): Promise<Result> =>
  await turnOf(machine).add(async () => {
    const { running } = await machine.qmp.execute('query-status')
    try {
      return await lookOnce(machine, running, look)
    } catch (error) {
      // Should even this fail, then QEMU is gone, and the first error says more.
      if (running) await ensureRunning(machine).catch(() => {})
      throw error
    }
  })

const lookOnce = async <Result>(
  machine: ObservedMachine,
  running: boolean,
  look: (gdb: GdbClient) => Promise<Result>,
): Promise<Result> => {
  const registers = descriptions.get(machine.qmp)
  await using gdb = await GdbClient.open(machine.gdbSocket, registers === undefined ? {} : { registers })
  descriptions.set(machine.qmp, gdb.registers)
  const result = await look(gdb)
  if (running) await gdb.detach()
  return result
}

/** After an error the stub leaves the machine as a debugger would: stopped. */
const ensureRunning = async (machine: ObservedMachine): Promise<void> => {
  const { status } = await machine.qmp.execute('query-status')
  if (status === 'paused' || status === 'debug') await machine.qmp.execute('cont')
}

/** How long one is ready to wait for a CPU to be where it has to be looked at. */
export interface WaitOptions {
  /** @default 10000 */
  readonly deadlineMs?: number
  readonly signal?: AbortSignal
}

const pauseBetweenLooksMs = 15

/**
 * Stops the machine and looks, again and again, until `look` gives something: for states that come and go while the guest
 * runs. Between two looks the guest runs for a moment.
 * @param awaited what is waited for, as it reads after "expected".
 */
export const whenStopped = async <Result>(
  machine: ObservedMachine,
  awaited: string,
  look: (gdb: GdbClient) => Promise<Result | undefined>,
  options: WaitOptions = {},
): Promise<Result> => {
  const deadlineMs = options.deadlineMs ?? 10_000
  const started = performance.now()
  for (let looks = 1; ; looks++) {
    options.signal?.throwIfAborted()
    const result = await whileStopped(machine, look)
    if (result !== undefined) return result
    if (performance.now() - started > deadlineMs)
      throw new DrydockError(
        `expected ${awaited} within ${deadlineMs} ms, not seen in ${looks} looks from outside`,
        {
          code: 'TIMED_OUT',
          blame: 'guest',
          timedOut: true,
          hint: 'Has the guest got as far as its kernel, and is it still alive?',
        },
      )
    await new Promise((resolve) => setTimeout(resolve, pauseBetweenLooksMs))
  }
}
