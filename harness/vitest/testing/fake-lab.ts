import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Architecture } from '../../common/architecture.ts'
import type { BootOptions, ColdGuest } from '../../guest/guest.ts'
import type { Image } from '../../image/image.ts'
import { Catalogue, type Check, type CheckMeta } from '../../rules/catalogue.ts'
import type { CheckContext } from '../../rules/context.ts'
import type { Judgement } from '../../rules/verdict.ts'
import type { Target } from '../../target/target.ts'
import type { LabParts } from '../lab.ts'

/** Labs of guests that exist on paper only. */
export interface FakeLab extends LabParts {
  /** What was asked to boot, in order. */
  readonly boots: BootOptions[]
  /** Output folders of guests that have been disposed of, in order. */
  readonly closed: string[]
}

export interface FakeLabOptions {
  /** Called before each boot; may reject, or wait. */
  readonly onBoot?: (options: BootOptions) => Promise<void>
}

/** As much of an image as a record tells. */
const image = { kernel: { release: '6.12.1-test' } } as unknown as Image

export const fakeLab = ({ onBoot = async () => {} }: FakeLabOptions = {}): FakeLab => {
  const boots: BootOptions[] = []
  const closed: string[] = []
  const boot = async (options: BootOptions): Promise<ColdGuest> => {
    boots.push(options)
    await onBoot(options)
    await writeFile(join(options.outDirectory, 'console.log'), 'Linux version 6.12.1-test\n')
    return {
      architecture: options.architecture,
      machine: {
        qemu: { version: '7.2.22' },
        cpu: 'max',
        accelerator: { used: 'tcg', policy: 'prefer', reason: 'a test' },
      },
      timings: { kernel: 12 },
      death: undefined,
      died: new Promise(() => {}),
      [Symbol.asyncDispose]: async () => {
        closed.push(options.outDirectory)
      },
    } as unknown as ColdGuest
  }
  return { boot, openImage: async () => image, boots, closed }
}

/** A target whose kernel is any file there is. */
export const fakeTarget = (kernel: string, architectures: readonly Architecture[] = ['x86_64']): Target => ({
  name: 'demo',
  source: 'demo.yml',
  policyPath: undefined,
  guests: Object.fromEntries(
    architectures.map((architecture) => [
      architecture,
      {
        architecture,
        kernel,
        initrd: undefined,
        cmdline: 'console=ttyS0',
        kernelConfig: undefined,
        firmware: 'none',
        disks: [],
        memoryMiB: 512,
        cpus: 1,
        cpu: undefined,
        metadata: 'none',
        login: {},
      },
    ]),
  ),
})

export const passing: Judgement = {
  verdict: 'pass',
  reason: 'it holds',
  evidence: [{ vantage: 'inside', source: '/proc/mounts', found: 'ro' }],
}

export const failing: Judgement = {
  verdict: 'fail',
  reason: 'it does not hold',
  evidence: [{ vantage: 'inside', source: '/proc/mounts', found: 'rw', subject: '/etc' }],
}

const meta: CheckMeta = {
  claim: 'the demo holds',
  promise: 'P9',
  severity: 'low',
  vantages: ['inside'],
  guest: 'shared',
  twins: ['broken'],
  remedy: 'Mend it.',
}

/** A check that does nothing but what `run` says. */
export const demoCheck = (
  id: string,
  run: (context: CheckContext) => Promise<Judgement>,
  changes: Partial<CheckMeta> = {},
): Check => new Catalogue().define(id, { ...meta, ...changes }, run)
