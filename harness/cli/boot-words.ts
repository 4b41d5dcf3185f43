import type { MachineExit } from '../machine/machine.ts'

/** To the person at the console, whose terminal is in raw mode. */
export const say = (line: string): void => {
  process.stderr.write(`drydock: ${line}\r\n`)
}

/** Whether the guest ended as guests do: by our hand, by switching itself off, or by a reboot. */
export const endedWell = ({ reason }: MachineExit): boolean =>
  reason === 'stopped' || reason === 'shutdown' || reason === 'reset'
