import { type Architecture, isArchitecture } from '../../common/architecture.ts'
import { DrydockError } from '../../common/errors.ts'
import { type FoundKernelConfig, readKernelConfig } from '../../image/kernel-config-file.ts'
import { parseKernelVersion } from '../../rules/kernel/kernel-version.ts'
import {
  isGiven,
  judgeByPolicy,
  type KernelJudgement,
  type WaiverUse,
  waiverUses,
} from '../../rules/kernel-policies/judge-by-policy.ts'
import { asRecommended, type KernelPolicy } from '../../rules/kernel-policies/kernel-policy.ts'
import { fileAsText } from './as-text.ts'
import type { KconfigFlags } from './flags.ts'
import { notesOn } from './notes.ts'

/** One file and what came out for it. */
export interface JudgedFile extends KernelJudgement {
  readonly file: string
  readonly config: FoundKernelConfig
}

/** How files are judged and shown; made once for many files. */
export interface KconfigSession {
  readonly policy: KernelPolicy
  /** Judges a file and drops all of it but this, so that many files take the memory of one. */
  judge(file: string): Promise<FileOutcome>
}

export interface FileOutcome {
  /** The file's part of standard output. */
  readonly output: string
  readonly notes: readonly string[]
  /** Whether every rule that something was given for passed. */
  readonly isGood: boolean
  readonly waiverUses: readonly WaiverUse[]
}

/** What a session is made of; plain data, for another thread. */
export interface SessionRequest {
  readonly flags: KconfigFlags
  /** Columns of a report for people. */
  readonly width: number
  readonly hasOneFile: boolean
  /** `YYYY-MM-DD`, in UTC. */
  readonly today: string
}

/** @throws usage, for a policy, command line or list of sysctls that is not what it should be */
export const openSession = async ({
  flags,
  width,
  hasOneFile,
  today,
}: SessionRequest): Promise<KconfigSession> => {
  const policy = await policyOf(flags)
  const inputs = await inputsOf(flags)
  const show = await rendererFor(flags, policy, width, hasOneFile)
  return {
    policy,
    judge: async (file) => {
      const config = await readKernelConfig(file)
      const facts = {
        architecture: architectureOf(file, config, flags.arch),
        version: parseKernelVersion(releaseNumber(config.release ?? '')),
        config: config.options,
        ...inputs,
      }
      const judged = { file, config, ...judgeByPolicy(facts, policy, today) }
      const notes = notesOn(judged, today)
      return {
        output: show(judged, notes),
        notes,
        isGood: isGood(judged),
        waiverUses: waiverUses(policy, judged),
      }
    },
  }
}

const policyOf = async ({ policy }: KconfigFlags): Promise<KernelPolicy> => {
  if (policy === undefined) return asRecommended
  const { loadKernelPolicy } = await import('../../rules/kernel-policies/kernel-policy-file.ts')
  return await loadKernelPolicy(policy)
}

const inputsOf = async ({ cmdline, sysctl }: KconfigFlags) => {
  if (cmdline === undefined && sysctl === undefined) return { cmdline: undefined, sysctls: undefined }
  const { readCmdline, readSysctls } = await import('./inputs.ts')
  return {
    cmdline: cmdline === undefined ? undefined : await readCmdline(cmdline),
    sysctls: sysctl === undefined ? undefined : await readSysctls(sysctl),
  }
}

type Renderer = (judged: JudgedFile, notes: readonly string[]) => string

const rendererFor = async (
  { json, fragment }: KconfigFlags,
  policy: KernelPolicy,
  width: number,
  hasOneFile: boolean,
): Promise<Renderer> => {
  if (fragment === true) {
    const { fragmentFor } = await import('../../rules/kernel/fragment.ts')
    return ({ results }) => fragmentFor(results)
  }
  if (json === true) {
    const { rulesAsJson, fileAsJson } = await import('./as-json.ts')
    return hasOneFile ? rulesAsJson : fileAsJson
  }
  return (judged, notes) => fileAsText(judged, { notes, policyName: policy.name, width })
}

/** Some vendors count four numbers; the kernel's own are three. */
const releaseNumber = (release: string): string => /^\d+\.\d+(?:\.\d+)?/.exec(release)?.[0] ?? ''

const architectureOf = (
  file: string,
  { architecture }: FoundKernelConfig,
  asked: string | undefined,
): Architecture => {
  const wanted = asked !== undefined && isArchitecture(asked) ? asked : architecture
  if (wanted === undefined) {
    throw new DrydockError(`${file}: expected CONFIG_X86_64=y or CONFIG_ARM64=y, found neither`, {
      code: 'BAD_KERNEL_CONFIG',
      blame: 'usage',
      hint: 'Say which one it is for: --arch x86_64 or --arch arm64.',
    })
  }
  if (architecture !== undefined && architecture !== wanted) {
    throw new DrydockError(`--arch: expected ${architecture}, which ${file} is for, found ${wanted}`, {
      code: 'BAD_FLAG',
      blame: 'usage',
    })
  }
  return wanted
}

/** What was not given is not asked for; what was given must pass. */
const isGood = ({ facts, results }: KernelJudgement): boolean =>
  results.every(
    ({ verdict, type }) => verdict !== 'fail' && (verdict !== 'inconclusive' || !isGiven(facts, type)),
  )
