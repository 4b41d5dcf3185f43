import type { BootFact } from '../guest/boot-sample.ts'
import { outside } from '../machine/outside/outside.ts'

/** Vantage outside: where the kernel's code begins, as `0x` and hexadecimal digits. */
export const kernelAddress: BootFact<string> = {
  what: 'the address of the kernel',
  from: 'kernel',
  read: async ({ machine }) => {
    const { range } = await outside(machine).kernelText()
    return `0x${range.from.toString(16)}`
  },
}
