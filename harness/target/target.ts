export type { GuestSpec, Login, Metadata, Target } from './guest-spec.ts'
export { type ArchitectureDetector, loadTarget } from './load-target.ts'
export { openTarget, type TargetFlags, targetFromFlags } from './target-flags.ts'
