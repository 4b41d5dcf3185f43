import type { Bump } from '../../record/bump/bump.ts'
import type { RunRecord } from '../../record/record.ts'

/** Raised where a reader of older output would misread newer one. */
export const bumpSchemaId = 'drydock.bump/1'

const side = ({ target, source, kernel, startedAt, accelerator, qemu, cpu }: RunRecord) => ({
  ...{ target, source, kernel, startedAt, qemu, cpu },
  accelerator: accelerator?.used ?? null,
})

/** A bump as programs read it: every change, and of each record only what tells which one it is. */
export const bumpJson = ({ comparisons, problems }: Bump): string =>
  `${JSON.stringify(
    {
      schema: bumpSchemaId,
      comparisons: comparisons.map(({ target, architecture, before, after, changes, notCompared }) => ({
        ...{ target, architecture, before: side(before), after: side(after), changes, notCompared },
      })),
      problems,
    },
    undefined,
    2,
  )}\n`
