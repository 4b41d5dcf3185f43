import { architectures } from '../common/architecture.ts'
import { DrydockError } from '../common/errors.ts'
import { createGuestMachine } from '../guest/guest-machine.ts'
import type { AcceleratorPolicy } from '../machine/accelerator.ts'
import type { GuestSpec, Target } from '../target/target.ts'
import { endedWell, say } from './boot-words.ts'
import { linkConsole } from './console-link.ts'
import { type TargetCommandFlags, targetOf } from './target-options.ts'

export interface BootFlags extends TargetCommandFlags {
  readonly accel: AcceleratorPolicy
  /** Id of a guest in the cache, which takes the place of a target. */
  readonly frozen?: string
}

/** A person sits at one console: a target of several architectures needs --arch. */
const onlyGuest = (target: Target): GuestSpec => {
  const specs = architectures.flatMap((architecture) => target.guests[architecture] ?? [])
  const [spec] = specs
  if (spec !== undefined && specs.length === 1) return spec
  throw new DrydockError(
    `${target.source}: expected one architecture to boot, found ${specs.map((one) => one.architecture).join(' and ')}`,
    { code: 'ARCHITECTURE_NEEDED', blame: 'usage', hint: 'Choose one with --arch.' },
  )
}

const bootKept = async (id: string, argument: string | undefined): Promise<number> => {
  if (argument !== undefined) {
    throw new DrydockError(`expected a target or --frozen, found ${argument} and --frozen ${id}`, {
      code: 'TWO_GUESTS',
      blame: 'usage',
      hint: 'Leave one of them out.',
    })
  }
  const { bootFrozen } = await import('./boot-frozen.ts')
  return await bootFrozen(id)
}

/** `drydock boot`; gives the exit code. */
export const bootInteractively = async (argument: string | undefined, flags: BootFlags): Promise<number> => {
  if (flags.frozen !== undefined) return await bootKept(flags.frozen, argument)
  const spec = onlyGuest(await targetOf(argument, flags))
  await using created = await createGuestMachine(spec, { accelerator: flags.accel, authorizedKeys: [] })
  say(
    `${created.architecture}, CPU ${created.cpu}, ${created.accelerator.used}: ${created.accelerator.reason}`,
  )
  say('the console is yours; Ctrl-] leaves and ends the guest')
  const linked = linkConsole(created.console, { input: process.stdin, output: process.stdout })
  const machine = await created.run()
  const how = await linked
  const exit = await (how === 'left' ? machine.stop() : machine.exited)
  process.stdout.write('\r\n')
  say(how === 'left' ? 'left; the guest was ended' : `the guest ended: ${exit.reason}`)
  if (!endedWell(exit) && exit.stderrTail !== '') say(exit.stderrTail)
  return endedWell(exit) ? 0 : 3
}
