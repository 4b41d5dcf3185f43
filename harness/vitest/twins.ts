import { join } from 'node:path'
import type { Architecture } from '../common/architecture.ts'
import type { AcceleratorPolicy } from '../machine/accelerator.ts'
import type { Check } from '../rules/catalogue.ts'
import { containerClaims } from '../rules/container-claims.ts'
import type { CheckResult } from '../rules/evaluate.ts'
import { loadPolicy } from '../rules/policy-file.ts'
import { loadTarget } from '../target/target.ts'
import { type JudgingOptions, judgingIn } from './judging.ts'
import { openLab } from './lab.ts'
import type { LabOptions, LabParts } from './lab-options.ts'
import { openReportFolder } from './report-folder.ts'
import type { TwinImage } from './run-context.ts'

/** The checks that name a twin, for each twin there is. */
export interface TwinPlan {
  readonly checks: ReadonlyMap<string, readonly Check[]>
  /** `CHECK names the twin TWIN, which does not exist`, one line each. */
  readonly unknown: readonly string[]
  /** Twins that no check names. */
  readonly unused: readonly string[]
}

export const planTwins = (checks: readonly Check[], twins: readonly string[]): TwinPlan => ({
  checks: new Map(twins.map((twin) => [twin, checks.filter((check) => check.twins.includes(twin))])),
  unknown: checks.flatMap(({ id, twins: named }) =>
    named
      .filter((twin) => !twins.includes(twin))
      .map((twin) => `${id} names the twin ${twin}, which does not exist`),
  ),
  unused: twins.filter((twin) => !checks.some((check) => check.twins.includes(twin))),
})

export interface TwinLabOptions extends JudgingOptions {
  readonly name: string
  /** What it will be judged by. */
  readonly checks: readonly Check[]
  readonly image: TwinImage
  readonly architecture: Architecture
  readonly accelerator: AcceleratorPolicy
  /** Whether its frozen guest outlives it. */
  readonly keep: LabOptions['keep']
  /** Absolute; the twin's console goes to `twins/NAME/ARCHITECTURE` inside it. */
  readonly reports: string
}

/** A twin under test; undefined where it does not exist on the architecture. */
export interface TwinLab extends AsyncDisposable {
  judge(check: Check): Promise<CheckResult>
  interrupt(): void
}

/** To enter them all before takes as long as a few checks that enter one. */
const entrancesWorthIt = 2
const triesContainers = ({ id, guest }: Check): boolean =>
  guest === 'pristine' && Object.hasOwn(containerClaims, id)

/** Opens a twin. The reference image's waivers hold for it, so that only its own flaw can make a check fail. */
export const openTwin = async (options: TwinLabOptions, parts: LabParts): Promise<TwinLab | undefined> => {
  const { name, image, checks, architecture, accelerator, keep, reports, progress } = options
  const target = await loadTarget(image.target)
  if (target.guests[architecture] === undefined) return undefined
  const policy = await loadPolicy(target.policyPath)
  const report = await openReportFolder(join(reports, 'twins', name, architecture))
  const lab = openLab(
    {
      ...{ target, architecture, accelerator, policy, outDirectory: report.path, keep, progress },
      enterContainers: checks.filter(triesContainers).length > entrancesWorthIt,
    },
    parts,
  )
  return {
    judge: judgingIn(lab, options),
    interrupt: () => lab.interrupt(),
    [Symbol.asyncDispose]: async () => {
      await lab[Symbol.asyncDispose]()
      await report.publish()
    },
  }
}
