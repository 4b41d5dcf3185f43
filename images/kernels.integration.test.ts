import { join } from 'node:path'
import { execa } from 'execa'
import { withDir } from 'tmp-promise'
import { describe, expect, it } from 'vitest'
import type { Architecture } from '../harness/common/architecture.ts'
import { parseRecord } from '../harness/record/record-file.ts'
import { isGreen } from '../harness/rules/verdict.ts'
import { buildReference } from './build.ts'
import { type KernelName, kernelNames } from './builder/debian-kernels.ts'

const drydock = join(import.meta.dirname, '..', 'harness', 'cli', 'drydock.mjs')

/** DRYDOCK_ALL_KERNELS=1, for nightly runs: each kernel on each architecture takes about two minutes. */
const all = process.env.DRYDOCK_ALL_KERNELS === '1'
const boots: readonly (readonly [KernelName, Architecture])[] = all
  ? kernelNames.flatMap((name) => [[name, 'x86_64'] as const, [name, 'arm64'] as const])
  : [
      ['debian:6.1', 'x86_64'],
      ['debian:7.2', 'arm64'],
    ]

/** What must hold whatever the kernel; settings and configuration differ from kernel to kernel. */
const always = [
  'kernel.cmdline',
  'kernel.code-sealed',
  'kernel.cpu-guards',
  'kernel.identity',
  'kernel.kaslr',
  'kernel.lockdown',
  'kernel.module-signatures',
  'kernel.modules',
  'kernel.panic',
  'kernel.security-modules',
  'kernel.taint',
  'kernel.vulnerabilities',
  'kernel.write-or-execute',
]

const minutes = 60_000

describe('the reference image with other kernels', () => {
  it.each(boots)(
    'should boot and keep its promises with %s on %s',
    { timeout: 10 * minutes },
    async (kernel, architecture) => {
      const target = await buildReference({ variant: 'release', architectures: [architecture], kernel })
      await withDir(
        async ({ path }) => {
          const args = ['check', target, '--arch', architecture, '--case', 'kernel', '--json', '--out', path]
          const { stdout } = await execa(process.execPath, [drydock, ...args], { reject: false })
          const { checks } = parseRecord(stdout, 'standard output')
          const verdicts = new Map(checks.map(({ id, verdict }) => [id as string, verdict]))
          const failing = always.filter((id) => !isGreen(verdicts.get(id) ?? 'error'))
          expect(failing).toEqual([])
          const broken = checks.filter(({ verdict }) => verdict === 'error' || verdict === 'disagree')
          expect(broken.map(({ id, reason }) => `${id}: ${reason}`)).toEqual([])
        },
        { unsafeCleanup: true },
      )
    },
  )
})
