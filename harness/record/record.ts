import { z } from 'zod'
import { architectures } from '../common/architecture.ts'
import { phases } from '../common/errors.ts'
import { severities } from '../rules/catalogue.ts'
import { isPromiseId, type PromiseId } from '../rules/promises.ts'
import { vantages, verdicts } from '../rules/verdict.ts'
import { bootsSchema, sectionsSchema } from './sections.ts'

/** Raised where a reader of older records would misread newer ones; added keys alone do not raise it. */
export const recordSchemaId = 'drydock.record/1'

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'a SHA-256 in lower-case hexadecimal')
const milliseconds = z.number().nonnegative()
const count = z.int().nonnegative()

const evidence = z.object({
  vantage: z.enum(vantages),
  /** Where it was read or tried. */
  source: z.string(),
  /** As the guest gave it, cut where it is long: hostile, to be neutralised wherever it is shown. */
  found: z.string(),
  expected: z.string().optional(),
  /** What breaks the claim; absent on evidence in favour. */
  subject: z.string().optional(),
})

const check = z.object({
  id: z.string().regex(/^[a-z]+(\.[a-z0-9-]+)+$/, 'the id of a check'),
  /** The claim. */
  title: z.string(),
  promise: z.string().refine((text): text is PromiseId => isPromiseId(text), 'a promise, P1 to P20'),
  severity: z.enum(severities),
  verdict: z.enum(verdicts),
  reason: z.string(),
  vantages: z.array(z.enum(vantages)),
  evidence: z.array(evidence),
  /** How much evidence was left out, since there was too much of it. */
  evidenceOmitted: count,
  durationMs: milliseconds,
  /** How a good image comes to pass it; empty in records of versions that did not keep it. */
  remedy: z.string().default(''),
  /** The twins on which it must fail. */
  twins: z.array(z.string()).default([]),
  /** The waivers that accept the failure, where the verdict is `waived`. */
  waivers: z.array(z.object({ reason: z.string(), expires: z.iso.date(), at: z.string() })),
})

const file = z.object({
  /** `kernel`, `initrd`. */
  role: z.string(),
  path: z.string(),
  sha256Before: sha256,
  /** Null where it was gone or unreadable after the run. */
  sha256After: sha256.nullable(),
})

/** Something that went wrong with the run as a whole, such as a guest that died while booting. */
const problem = z.object({
  code: z.string(),
  blame: z.enum(['usage', 'testbed', 'guest']),
  phase: z.enum(phases).nullable(),
  message: z.string(),
})

/** A waiver that fails the run. */
const waiverProblem = z.object({
  kind: z.enum(['expired', 'unknown-check', 'not-needed']),
  check: z.string(),
  /** FILE:LINE */
  at: z.string(),
  message: z.string(),
})

/** A thing of an image that breaks a claim on one architecture and not on the other. */
const difference = z.object({
  check: z.string(),
  /** The path or name, as the architecture that it fails on has it. */
  subject: z.string(),
  /** Where it fails. */
  only: z.enum(architectures),
  /** What was found there. */
  found: z.string(),
  /** Why the policy accepts it; absent where it does not. */
  accepted: z.string().optional(),
})

/** One run of one image on one architecture. What the run did not come to know is null. */
export const recordSchema = z.object({
  schema: z.literal(recordSchemaId),
  /** Drydock's version. */
  drydock: z.string(),
  /** The target's name. */
  target: z.string(),
  /** The target file, or the flags in words. */
  source: z.string(),
  architecture: z.enum(architectures),
  /** Why the accelerator is the one that was used. */
  accelerator: z
    .object({
      used: z.enum(['kvm', 'tcg']),
      policy: z.enum(['require', 'prefer', 'never']),
      reason: z.string(),
    })
    .nullable(),
  /** QEMU's version. */
  qemu: z.string().nullable(),
  /** QEMU's name of the CPU model. */
  cpu: z.string().nullable(),
  /** What started the image: the firmware and its descriptor; null where QEMU's own loader or BIOS did. */
  firmware: z.string().nullable().default(null),
  /** The kernel's release, as `uname -r` gives it. */
  kernel: z.string().nullable(),
  image: z.object({ files: z.array(file) }),
  /** Where the guests came from that checks were judged on; null where none ran. */
  guests: z
    .object({
      /** When the boot was over that all of them go back to. */
      bootedAt: z.iso.datetime(),
      /** Whether that boot was part of an earlier run. */
      fromCache: z.boolean(),
      /** Why each attack booted a guest of its own; null where they were forked. */
      notFrozen: z.string().nullable(),
      /** Its id in the cache, for `drydock boot --frozen`; null where it was not kept. */
      frozen: z.string().nullable().default(null),
    })
    .nullable()
    .default(null),
  /** The files that the policy was read from, the base first. */
  policy: z.array(z.string()),
  startedAt: z.iso.datetime(),
  durationMs: milliseconds,
  checks: z.array(check),
  waiverProblems: z.array(waiverProblem),
  problems: z.array(problem),
  /** How many checks came to each verdict. */
  summary: z.record(z.enum(verdicts), count),
  /** Milliseconds by phase. */
  timings: z.record(z.string(), milliseconds),
  /** What the image has, listed. */
  sections: sectionsSchema.default({}),
  boots: bootsSchema.default([]),
  /** What the architectures that were judged together do not agree on; null where there was one only. */
  differences: z.array(difference).nullable().default(null),
  /** The console's log, relative to the record's folder. */
  console: z.string().nullable(),
  /** Arguments of `drydock` that repeat the run, for all architectures and cases. */
  command: z.array(z.string()),
})

export type RunRecord = z.output<typeof recordSchema>
export type Difference = z.output<typeof difference>
export type RecordedCheck = RunRecord['checks'][number]
export type RecordedProblem = RunRecord['problems'][number]
export type RecordedFile = RunRecord['image']['files'][number]
