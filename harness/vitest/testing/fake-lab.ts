import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Architecture } from '../../common/architecture.ts'
import { DrydockError } from '../../common/errors.ts'
import type { FrozenGuestOptions } from '../../guest/frozen-guest.ts'
import type { BootOptions, ColdGuest, ForkedGuest, Guest } from '../../guest/guest.ts'
import type { Image } from '../../image/image.ts'
import { Catalogue, type Check, type CheckMeta } from '../../rules/catalogue.ts'
import type { CheckContext } from '../../rules/context.ts'
import type { Judgement } from '../../rules/verdict.ts'
import { type Login, specOf, type Target } from '../../target/target.ts'
import type { LabParts } from '../lab-options.ts'

/** Labs of guests that exist on paper only. */
export interface FakeLab extends LabParts {
  /** What was asked to boot, in order, to be frozen or not. */
  readonly boots: (BootOptions & Partial<FrozenGuestOptions>)[]
  /** Output folders of forks, in order. */
  readonly forks: (string | undefined)[]
  /** Output folders of guests that have been disposed of, in order; `frozen` for the frozen one. */
  readonly closed: (string | undefined)[]
  /** Has the latest guest die. */
  kill(): Promise<void>
}

export interface FakeLabOptions {
  /** Called before each boot; may reject, or wait. */
  readonly onBoot?: (options: BootOptions) => Promise<void>
  /** What freezing fails with. */
  readonly refusal?: DrydockError
}

/** As much of an image as a record tells. */
const image = { kernel: { release: '6.12.1-test' } } as unknown as Image

export const freezeRefused = new DrydockError('QEMU cannot save the state of a device', {
  code: 'FREEZE_REFUSED',
  blame: 'testbed',
})

export const fakeLab = ({ onBoot = async () => {}, refusal }: FakeLabOptions = {}): FakeLab => {
  const boots: FakeLab['boots'] = []
  const forks: FakeLab['forks'] = []
  const closed: FakeLab['closed'] = []
  let latest: { die(): void } | undefined

  const guestIn = (architecture: Architecture, folder: string | undefined): Guest => {
    const { promise: died, resolve } = Promise.withResolvers<Guest['death']>()
    const guest = {
      architecture,
      machine: {
        qemu: { version: '7.2.22' },
        cpu: 'max',
        accelerator: { used: 'tcg', policy: 'prefer', reason: 'a test' },
      },
      timings: { kernel: 12 },
      death: undefined as Guest['death'],
      died,
      probe: async () => ({}),
      [Symbol.asyncDispose]: async () => {
        closed.push(folder)
      },
    }
    latest = {
      die: () => {
        guest.death = { kind: 'panic', source: 'console', summary: 'Kernel panic', excerpt: [], at: 1 }
        resolve(guest.death)
      },
    }
    return guest as unknown as Guest
  }

  const start = async (options: BootOptions): Promise<void> => {
    boots.push(options)
    await onBoot(options)
    await mkdir(options.outDirectory, { recursive: true })
    await writeFile(join(options.outDirectory, 'console.log'), 'Linux version 6.12.1-test\n')
  }

  return {
    ...{ boots, forks, closed },
    boot: async (options) => {
      await start(options)
      return guestIn(options.architecture, options.outDirectory) as ColdGuest
    },
    frozenGuest: async (options) => {
      if (refusal !== undefined) throw refusal
      await start(options)
      return {
        spec: specOf(options.target, options.architecture),
        timings: { kernel: 12 },
        bootedAt: new Date('2026-11-24T09:00:14Z'),
        fromCache: false,
        id: 'f00d',
        fork: async ({ outDirectory }) => {
          forks.push(outDirectory)
          return guestIn(options.architecture, outDirectory) as ForkedGuest
        },
        [Symbol.asyncDispose]: async () => {
          closed.push('frozen')
        },
      }
    },
    openImage: async () => image,
    kill: async () => latest?.die(),
  }
}

/** A target whose kernel is any file there is. */
export const fakeTarget = (
  kernel: string,
  architectures: readonly Architecture[] = ['x86_64'],
  login: Login = { ssh: { user: 'root' } },
): Target => ({
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
        login,
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
