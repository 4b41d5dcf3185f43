import { access } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { dir } from 'tmp-promise'
import { type Architecture, architectures } from '../common/architecture.ts'
import { writeFileAtomically } from '../common/atomic-file.ts'
import { DrydockError } from '../common/errors.ts'
import { neutraliseLine } from '../common/text.ts'
import { frozenGuest } from '../guest/frozen-guest.ts'
import { boot } from '../guest/guest.ts'
import { openImage } from '../image/image.ts'
import type { AcceleratorPolicy } from '../machine/accelerator.ts'
import { showProgress } from '../report/progress.ts'
import { inventoryKinds } from '../rules/inventory/inventory-checks.ts'
import { inventoryText } from '../rules/inventory/write-inventory.ts'
import { loadPolicy } from '../rules/policy-file.ts'
import type { Target } from '../target/target.ts'
import { openLab } from '../vitest/lab.ts'
import type { LabParts } from '../vitest/lab-options.ts'
import { type Baseline, collectBaseline } from './baseline/collect.ts'
import { isTargetFile } from './target-choice.ts'
import { type TargetCommandFlags, targetOf } from './target-options.ts'

export interface BaselineFlags extends TargetCommandFlags {
  readonly accel: AcceleratorPolicy
  readonly out?: string
  readonly force?: boolean
}

const say = (line: string): void => {
  process.stderr.write(`drydock: ${neutraliseLine(line, 500)}\n`)
}

const demandFree = async (path: string, force: boolean): Promise<void> => {
  const isThere = await access(path).then(
    () => true,
    () => false,
  )
  if (!isThere || force) return
  throw new DrydockError(`${path}: expected no file, found one, which may have been reviewed`, {
    code: 'BASELINE_EXISTS',
    blame: 'usage',
    hint: 'Give another path with --out, or --force to write it anew.',
  })
}

/** Looks at a target's architectures one after another, with one guest at a time. */
const baselinesOf = async (
  target: Target,
  accelerator: AcceleratorPolicy,
  parts: LabParts,
): Promise<ReadonlyMap<Architecture, Baseline>> => {
  const policy = await loadPolicy(target.policyPath, { ignoreInventory: true })
  const found = new Map<Architecture, Baseline>()
  using progress = showProgress({ stream: process.stderr, environment: process.env })
  for (const architecture of architectures) {
    if (target.guests[architecture] === undefined) continue
    const folder = await dir({ prefix: 'drydock-baseline-', unsafeCleanup: true })
    try {
      await using lab = openLab(
        {
          target,
          architecture,
          accelerator,
          policy,
          outDirectory: folder.path,
          keep: 'cache',
          enterContainers: true,
          progress: progress.listener,
        },
        parts,
      )
      found.set(architecture, await collectBaseline(lab, progress.listener))
    } finally {
      await folder.cleanup()
    }
  }
  return found
}

/** `drydock baseline`: writes down what an image has, for people to review; gives the exit code. */
export const baseline = async (argument: string | undefined, flags: BaselineFlags): Promise<number> => {
  const target = await targetOf(argument, flags)
  const beside = argument !== undefined && isTargetFile(argument) ? dirname(argument) : '.'
  const path = flags.out ?? join(beside, 'inventory.yml')
  await demandFree(path, flags.force === true)
  const found = await baselinesOf(target, flags.accel, { boot, frozenGuest, openImage })
  for (const [architecture, { problems }] of found) {
    for (const problem of problems) say(`${architecture}: ${problem}`)
  }
  const lists = Object.fromEntries([...found].map(([architecture, { entries }]) => [architecture, entries]))
  const aboutOf = (id: string): string => {
    const kind = inventoryKinds.find((candidate) => candidate.id === id)
    return kind === undefined ? id : `${kind.things} (${kind.vantages.join(', ')})`
  }
  await writeFileAtomically(path, inventoryText(lists, aboutOf))
  process.stdout.write(`${path}\n`)
  say(`review it, and name it in the policy: inventory: ${path}`)
  return 0
}
