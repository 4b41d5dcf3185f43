import { neutraliseLine } from '../../common/text.ts'
import type { MachineExit, StartedMachine } from '../../machine/machine.ts'
import type { Console } from '../console/console.ts'
import type { Death } from '../console/life.ts'

/** The console's own account of a death is better than QEMU's and comes up to 2 s later: so long it may take. */
const accountMs = 2500
/** Once QEMU is gone, its console has ended and has told all it knew. */
const exitAccountMs = 200

/**
 * Reports to the console's `Life` what QEMU knows of the guest's death: a panic told through pvpanic, the guest going
 * off or restarting, and the end of QEMU itself. Returns how to stop, for when the end is our own doing.
 */
export const watchVitalSigns = (machine: StartedMachine, console: Console): (() => void) => {
  const { life } = console
  const timers = new Set<NodeJS.Timeout>()
  let isStopped = false
  const report = (kind: Death['kind'], source: 'qmp' | 'qemu', summary: string): void => {
    const { now } = console
    const timer = setTimeout(
      () => {
        if (!isStopped) {
          const excerpt = console.tail(20).split('\n')
          life.report({ kind, source, summary, excerpt, at: now })
        }
      },
      source === 'qemu' ? exitAccountMs : accountMs,
    )
    timers.add(timer)
  }
  const stops = [
    machine.qmp.on('GUEST_PANICKED', () =>
      report('panic', 'qmp', 'the guest told QEMU that its kernel panicked'),
    ),
    machine.qmp.on('SHUTDOWN', ({ data: { guest, reason } }) => {
      if (guest) {
        const kind = reason === 'guest-reset' ? 'reset' : 'power-off'
        report(kind, 'qmp', `the guest ${kind === 'reset' ? 'restarted' : 'switched itself off'} (${reason})`)
      }
    }),
    () => {
      isStopped = true
      for (const timer of timers) {
        clearTimeout(timer)
      }
    },
  ]
  machine.exited.then((exit) => {
    const how = kindOfExit(exit)
    if (how !== undefined) {
      report(how.kind, 'qemu', how.summary)
    }
  })
  return () => {
    for (const stop of stops) {
      stop()
    }
  }
}

const kindOfExit = (exit: MachineExit): Pick<Death, 'kind' | 'summary'> | undefined => {
  switch (exit.reason) {
    case 'stopped':
      return undefined
    case 'shutdown':
      return { kind: 'power-off', summary: 'the guest switched itself off' }
    case 'reset':
      return { kind: 'reset', summary: 'the guest restarted' }
    case 'panic':
      return { kind: 'panic', summary: 'the guest’s kernel panicked' }
    case 'killed':
    case 'failed': {
      const how = exit.signal === null ? `exited with code ${exit.code}` : `was killed by ${exit.signal}`
      const words = neutraliseLine(exit.stderrTail, 300)
      return { kind: 'qemu-exit', summary: `QEMU ${how}${words === '' ? '' : `: ${words}`}` }
    }
  }
}
