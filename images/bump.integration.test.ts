import { describe, expect, it } from 'vitest'
import { type Architecture, architectures } from '../harness/common/architecture.ts'
import { openImage } from '../harness/image/image.ts'
import { bumpOf } from '../harness/record/bump/bump.ts'
import { loadBumpPolicy } from '../harness/record/bump/bump-policy.ts'
import { collectSections } from '../harness/record/collect-sections.ts'
import type { RunRecord } from '../harness/record/record.ts'
import { sampleRecord } from '../harness/record/testing/sample-record.ts'
import { loadTarget, specOf } from '../harness/target/target.ts'
import type { KernelName } from './builder/debian-kernels.ts'
import { buildReference } from './builder/reference.ts'

/** What a record has of the reference image with a kernel, as far as its bytes tell; whole bumps boot for minutes. */
const recordWith = async (kernel: KernelName, architecture: Architecture): Promise<RunRecord> => {
  const path = await buildReference({
    ...{ architectures: [architecture], variant: 'release', frozen: false, kernel, progress: () => {} },
  })
  const spec = specOf(await loadTarget(path), architecture)
  const image = await openImage(spec)
  const sections = await collectSections({ spec, image })
  return sampleRecord({ architecture, sections, kernel: image.kernel.release ?? null })
}

const policy = await loadBumpPolicy(undefined, new Date().toISOString().slice(0, 10))
const changesOf = (before: RunRecord, after: RunRecord) =>
  bumpOf([before], [after], policy).comparisons.flatMap(({ changes }) => changes)

describe.each(architectures)("a bump of Debian's kernel on %s", (architecture) => {
  it('should find what 6.12 lost and gained against 6.1, and nothing between two of the same', async () => {
    const old = await recordWith('debian:6.1', architecture)
    const recent = await recordWith('debian:6.12', architecture)
    const changes = changesOf(old, recent)
    // ublk came with 6.0 and Debian took it in later; cachestat(2) came with 6.5.
    expect(changes).toContainEqual(
      expect.objectContaining({ name: 'CONFIG_BLK_DEV_UBLK', kind: 'regressed' }),
    )
    expect(changes).toContainEqual(expect.objectContaining({ category: 'image-parts', name: 'kernel file' }))
    expect(changesOf(recent, await recordWith('debian:6.12', architecture))).toEqual([])
  })
})
