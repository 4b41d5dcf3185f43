import { join } from 'node:path'
import { z } from 'zod'
import { readYamlFile } from '../../common/yaml-file.ts'
import type { KernelPolicy } from '../../rules/kernel-policies/kernel-policy.ts'
import { loadKernelPolicy } from '../../rules/kernel-policies/kernel-policy-file.ts'
import { matchesPattern } from '../../rules/pattern.ts'
import type { Change } from './change.ts'

const reason = z.string().min(1, 'a reason')

const acceptance = z.strictObject({
  /** Id of a category. */
  category: z.string(),
  /** Of the thing, as patterns of waivers name subjects: `*` stays within one part of a path, `**` spans parts. */
  name: z.string(),
  reason,
  /** The last day on which it holds. */
  expires: z.iso.date(),
})
export type Acceptance = z.output<typeof acceptance> & { readonly at: string }

const policyFile = z.strictObject({
  /** Kernel policy whose recommendations decide what is better: a shipped one, or a file. */
  kernel: z.string().default('kspp'),
  accept: z.array(acceptance).default([]),
  /** Percent by which a size or a time may grow before that is a regression. */
  tolerance: z
    .strictObject({ size: z.number().nonnegative().default(10), boot: z.number().nonnegative().default(10) })
    .default({ size: 10, boot: 10 }),
})

const retiredFile = z.strictObject({
  retired: z.array(z.strictObject({ id: z.string(), since: z.string(), reason })),
})

/** How two records are compared. */
export interface BumpPolicy {
  readonly kernel: KernelPolicy
  readonly accept: readonly Acceptance[]
  /** Share by which sizes and boot times may grow, 0.1 for a tenth. */
  readonly tolerance: { readonly size: number; readonly boot: number }
  /** Why a check is gone, by its id. */
  readonly retired: ReadonlyMap<string, string>
  /** `YYYY-MM-DD`, in UTC. */
  readonly today: string
}

/** Reads a bump's policy. @param path undefined for the shipped one. Errors are of blame `usage`, with FILE:LINE. */
export const loadBumpPolicy = async (path: string | undefined, today: string): Promise<BumpPolicy> => {
  const file = path === undefined ? undefined : await readYamlFile(path, policyFile)
  const { kernel, accept, tolerance } = file?.value ?? policyFile.parse({})
  const { value } = await readYamlFile(join(import.meta.dirname, 'retired.yml'), retiredFile)
  return {
    kernel: await loadKernelPolicy(kernel),
    accept: accept.map((one, index) => ({ ...one, at: `${path}:${file?.lineOf(['accept', index]) ?? 1}` })),
    tolerance: { size: tolerance.size / 100, boot: tolerance.boot / 100 },
    retired: new Map(value.retired.map(({ id, since, reason: why }) => [id, `retired in ${since}: ${why}`])),
    today,
  }
}

/** Whether an acceptance is about a change. */
export const concerns = ({ category, name }: Acceptance, change: Change): boolean =>
  category === change.category && matchesPattern(name, change.name)
