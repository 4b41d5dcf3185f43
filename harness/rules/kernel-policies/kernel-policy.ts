import type { Architecture } from '../../common/architecture.ts'
import type { RuleExpectation } from '../kernel/judge-kernel.ts'
import type { KernelVersionText } from '../kernel/kernel-version.ts'

/** A policy's own opinion on one rule. */
export interface KernelExpectation {
  readonly rule: string
  /** Absent: on both. */
  readonly architecture: Architecture | undefined
  readonly expect: RuleExpectation
  readonly reason: string
}

/** A rule that may fail for a time. */
export interface KernelWaiver {
  readonly rule: string
  /** Absent: on both. */
  readonly architecture: Architecture | undefined
  /** The first kernel that it is for. Absent: however old. */
  readonly since: KernelVersionText | undefined
  /** The first kernel that it is no longer for. Absent: however new. */
  readonly before: KernelVersionText | undefined
  readonly reason: string
  /** The last day on which it holds, `YYYY-MM-DD`, in UTC. */
  readonly expires: string
  /** `FILE:LINE` */
  readonly at: string
}

/** What is expected of a kernel beyond, or against, what is recommended; all layers merged. */
export interface KernelPolicy {
  /** The name or path by which it was asked for. */
  readonly name: string
  readonly expectations: readonly KernelExpectation[]
  readonly waivers: readonly KernelWaiver[]
}

/** Every rule as recommended: what holds where no policy is given, and what the shipped `kspp` says. */
export const asRecommended: KernelPolicy = { name: 'kspp', expectations: [], waivers: [] }

/** Those of a policy that hold on one architecture. */
export const expectationsFor = (
  { expectations }: KernelPolicy,
  architecture: Architecture,
): readonly KernelExpectation[] =>
  expectations.filter(
    (expectation) => expectation.architecture === undefined || expectation.architecture === architecture,
  )
