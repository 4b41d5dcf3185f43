import { z } from 'zod'
import type { Architecture } from '../../common/architecture.ts'
import { createGuestMachine } from '../../guest/guest-machine.ts'
import type { GuestSpec } from '../../target/target.ts'
import { bareBoot, type CommandLine } from '../bare/bare-guest.ts'
import type { Contender, Experiment, RowSpec, World } from '../experiment.ts'
import { runSubject } from '../subject.ts'
import { consoleSpec } from '../targets.ts'

const booted = z.object({
  ms: z.number(),
  harnessCpuMs: z.number(),
  qemuCpuMs: z.number(),
  phases: z.record(z.string(), z.number()),
})

/** The very command line that the harness gives QEMU for this guest. */
export const commandLineOf = async (spec: GuestSpec, { accelerator }: World): Promise<CommandLine> => {
  await using machine = await createGuestMachine(spec, { accelerator, authorizedKeys: [] })
  return machine.commandLine
}

/** A boot through the harness in a process of its own, at the given memory or the target's. */
export const harnessBoot = (
  name: string,
  { reference, accelerator }: World,
  architecture: Architecture,
  memoryMiB?: number,
): Contender => ({
  name,
  measure: async () => {
    const { phases, ...figures } = await runSubject(
      'boot-once.ts',
      { targetFile: reference.debug.source, architecture, accelerator, memoryMiB },
      booted,
    )
    return {
      ...figures,
      ...Object.fromEntries(Object.entries(phases).map(([phase, ms]) => [`phase ${phase}`, ms])),
    }
  },
})

/** The same boot by a plain expect-like driver, with the same arguments of QEMU's. */
export const plainBoot = (name: string, commandLine: CommandLine, spec: GuestSpec): Contender => ({
  name,
  measure: async () => {
    const { ms, promptMs } = await bareBoot(commandLine, spec)
    return { ms, promptMs }
  },
})

const phaseRows: readonly RowSpec[] = ['prepare', 'firmware', 'kernel', 'init', 'login'].map((phase) => ({
  name: `boot phase ${phase}`,
  unit: 's',
  value: (round) => round.figure('harness', `phase ${phase}`) / 1000,
}))

/** From the call of `boot` until `uname -r` has answered on the console, against QEMU driven by hand. */
export const bootExperiment = (architecture: Architecture): Experiment => ({
  name: 'boot',
  architecture,
  rows: [
    {
      name: 'boot to first command, against bare QEMU with the same arguments',
      unit: 'times',
      target: { bound: 'at most', value: 1.05 },
      how: 'debug variant, login on the console, until `uname -r` has answered; bare: the very arguments, driven by 40 lines that wait for a pattern and type',
      value: (round) => round.figure('harness', 'ms') / round.figure('bare', 'ms'),
    },
    {
      name: 'boot to first command',
      unit: 's',
      value: (round) => round.figure('harness', 'ms') / 1000,
    },
    {
      name: 'boot to first command',
      unit: 's',
      peer: 'bare QEMU',
      value: (round) => round.figure('bare', 'ms') / 1000,
    },
    {
      name: "harness's own CPU during a boot, of QEMU's",
      unit: '%',
      target: { bound: 'at most', value: 3 },
      how: 'processor time of a fresh process from the call of boot to the first answer, its short-lived children included',
      value: (round) =>
        (100 * round.figure('harness', 'harnessCpuMs')) / round.figure('harness', 'qemuCpuMs'),
    },
    ...phaseRows,
  ],
  prepare: async (world) => {
    const spec = consoleSpec(world.reference.debug, architecture)
    return {
      contenders: [
        harnessBoot('harness', world, architecture),
        plainBoot('bare', await commandLineOf(spec, world), spec),
      ],
      async [Symbol.asyncDispose]() {},
    }
  },
})
