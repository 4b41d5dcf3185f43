export type { GuestSpec, Login, Metadata, Target } from './guest-spec.ts'
export { type ArchitectureDetector, loadTarget } from './load-target.ts'
export { specOf } from './spec-of.ts'
export { openTarget, type TargetFlags, targetFromFlags } from './target-flags.ts'
