import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Architecture } from '../../common/architecture.ts'
import type { GuestSpec } from '../../target/target.ts'
import type { CommandLine } from '../bare/bare-guest.ts'
import type { Contender, Experiment, World } from '../experiment.ts'
import { type Measure, measures } from '../measures.ts'
import { consoleSpec } from '../targets.ts'
import { commandLineOf, plainBoot } from './boot.ts'

const asDrydock = 'as Drydock boots it'

const withMeasure = async (
  { name, commandLine, initrd }: Measure,
  number: number,
  words: CommandLine,
  spec: GuestSpec,
  { scratch }: World,
): Promise<Contender> => {
  const changed = commandLine?.(words) ?? words
  if (initrd === undefined || spec.initrd === undefined) return plainBoot(name, changed, spec)
  const path = join(scratch, `initrd-${spec.architecture}-${number}`)
  await writeFile(path, await initrd(await readFile(spec.initrd)))
  return plainBoot(name, changed, { ...spec, initrd: path })
}

/** A measure that cannot be applied here says so in its row, and the others go on. */
const orFailing = async (name: string, made: Promise<Contender>): Promise<Contender> => {
  try {
    return await made
  } catch (error) {
    return { name, measure: () => Promise.reject(error) }
  }
}

/** What each measure adds to or takes from the time of a boot, all without the harness. */
export const measuresExperiment = (architecture: Architecture): Experiment => {
  const ours = measures.filter(({ on }) => on === undefined || on === architecture)
  return {
    name: 'measures',
    architecture,
    rows: ours.map(({ name }) => ({
      name,
      unit: '%',
      how: 'change in the time of a bare boot to its first command; below 0 is faster',
      value: (round) => 100 * (round.figure(name, 'ms') / round.figure(asDrydock, 'ms') - 1),
    })),
    prepare: async (world) => {
      const spec = consoleSpec(world.reference.debug, architecture)
      const words = await commandLineOf(spec, world)
      return {
        contenders: [
          plainBoot(asDrydock, words, spec),
          ...(await Promise.all(
            ours.map((measure, index) =>
              orFailing(measure.name, withMeasure(measure, index, words, spec, world)),
            ),
          )),
        ],
        async [Symbol.asyncDispose]() {},
      }
    },
  }
}
