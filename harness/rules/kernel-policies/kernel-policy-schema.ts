import { z } from 'zod'
import { architectures } from '../../common/architecture.ts'
import { isKernelVersionText, type KernelVersionText } from '../kernel/kernel-version.ts'

const reason = z.string().trim().min(1)
const scalar = z.union([z.string().min(1), z.number()])

const expectation = z.strictObject({
  /**
   * `ignore`, `present`, `absent`, a value, a list of values that are all good, or a bound. Of Kconfig `y` is built in
   * and `n` is neither built in nor a module.
   */
  expect: z.union([
    scalar,
    z.array(scalar).min(1),
    z.strictObject({ atLeast: z.number() }),
    z.strictObject({ atMost: z.number() }),
  ]),
  /** @default both */
  architecture: z.enum(architectures).optional(),
  reason,
})

/** A string: as a number, YAML's 6.10 would be 6.1. */
const kernelVersion = z.custom<KernelVersionText>(
  (value) => typeof value === 'string' && isKernelVersionText(value),
  { error: "a kernel version in quotes, such as '6.12'" },
)

const waiver = z.strictObject({
  rule: z.string().min(1),
  /** @default both */
  architecture: z.enum(architectures).optional(),
  /** The first kernel that it is for. */
  since: kernelVersion.optional(),
  /** The first kernel that it is no longer for. */
  before: kernelVersion.optional(),
  reason,
  expires: z.iso.date({ error: 'a date as YYYY-MM-DD' }),
})

/**
 * One file of a kernel policy. An expectation replaces that of a layer below for the same rule, null takes it out;
 * waivers add up.
 */
export const kernelPolicyLayer = z.strictObject({
  /** A shipped policy's name, a file relative to this one, or `none`. @default kspp */
  extends: z.string().min(1).optional(),
  rules: z.record(z.string().min(1), expectation.nullable()).optional(),
  waivers: z.array(waiver).optional(),
})

export type KernelPolicyLayer = z.output<typeof kernelPolicyLayer>
export type WrittenExpectation = z.output<typeof expectation>
