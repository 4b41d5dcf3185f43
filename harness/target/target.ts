export { type DiskFormat, readDiskImage } from './disk-image.ts'
export type { Firmware, GuestDisk, GuestSpec, Login, Medium, Metadata, Target } from './guest-spec.ts'
export { type ArchitectureDetector, loadTarget } from './load-target.ts'
export { exists } from './regular-file.ts'
export { specOf } from './spec-of.ts'
export {
  commandLine,
  diskOf,
  nameFrom,
  openTarget,
  type Start,
  type TargetFlags,
  targetFrom,
  targetFromFlags,
} from './target-flags.ts'
