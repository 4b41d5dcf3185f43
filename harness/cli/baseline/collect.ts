import type { ProgressListener } from '../../common/progress.ts'
import type { Collected } from '../../facts/inventory/collected.ts'
import type { CheckId } from '../../rules/catalogue.ts'
import { atRestKinds } from '../../rules/inventory/at-rest-kinds.ts'
import { guestKinds } from '../../rules/inventory/guest-kinds.ts'
import { isForbidden } from '../../rules/inventory/inventory-checks.ts'
import type { InventoryId } from '../../rules/inventory/inventory-ids.ts'
import type { InventoryKind } from '../../rules/inventory/inventory-kind.ts'
import type { Lab } from '../../vitest/lab.ts'

/** What one architecture of an image has. */
export interface Baseline {
  readonly entries: ReadonlyMap<InventoryId, ReadonlyMap<string, string>>
  /** What no list can make good, and what could not be looked at, one line each. */
  readonly problems: readonly string[]
}

/** Folders of the lab are called by checks. */
const checkIdOf = ({ id }: InventoryKind): CheckId => `base.${id}` as CheckId

const problemsOf = (kind: InventoryKind, { entries, unread }: Collected): string[] => [
  ...[...entries].flatMap(([name, detail]) => {
    const problem = kind.standard?.(name, detail)
    return problem === undefined
      ? []
      : [`base.${kind.id} fails whatever is listed: ${name}: ${detail} (expected: ${problem})`]
  }),
  ...unread.map(({ subject, reason }) => `${subject} could not be looked at: ${reason}`),
]

/** Collects every kind: those at rest from the artefact, the others in guests that the lab starts. */
export const collectBaseline = async (lab: Lab, progress: ProgressListener): Promise<Baseline> => {
  const entries = new Map<InventoryId, ReadonlyMap<string, string>>()
  const problems = new Set<string>()
  const take = async (kind: InventoryKind, collect: () => Promise<Collected>): Promise<void> => {
    progress({ architecture: lab.spec.architecture, step: 'collect', detail: kind.things })
    const collected = await collect()
    if (!isForbidden(kind.id)) entries.set(kind.id, collected.entries)
    for (const problem of problemsOf(kind, collected)) problems.add(problem)
  }
  for (const kind of atRestKinds) {
    await using context = lab.contextFor({ id: checkIdOf(kind), guest: kind.guest })
    await take(kind, () => kind.collect(context))
  }
  for (const kind of guestKinds) {
    await using context = lab.contextFor({ id: checkIdOf(kind), guest: kind.guest })
    await take(kind, () => kind.collect(context))
  }
  return { entries, problems: [...problems] }
}
