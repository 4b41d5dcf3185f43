import { hostMounts } from '../harness/facts/host-mounts.ts'
import { compareRoot, rootAtRest } from '../harness/facts/root-files.ts'
import type { Image } from '../harness/image/image.ts'
import { outside } from '../harness/machine/outside/outside.ts'
import { pageBytes } from '../harness/machine/outside/page-search.ts'
import { judge } from '../harness/rules/judge.ts'
import type { Evidence, Judgement } from '../harness/rules/verdict.ts'
import { check } from '../harness/vitest/check.ts'
import { changing, reachingDevice, remounting, someFiles, tryEach } from './support/system-paths.ts'

/** A page in the midst of a large file: hardly anything else in memory is like it. */
const sentinelOf = async ({ root }: Image) => {
  const atLeast = 16 * pageBytes
  for (const entry of root.entries()) {
    const { path, type, size } = entry
    if (type !== 'file' || size < atLeast || !path.startsWith('/usr/')) continue
    const content = await entry.read()
    const page = content.subarray(8 * pageBytes, 9 * pageBytes)
    if (new Set(page).size > 64) return { path, page }
  }
  return undefined
}

check(
  'root.page-cache',
  {
    claim: 'after every attack, each file of the root reads as the image has it, from memory and anew',
    promise: 'P9',
    severity: 'critical',
    vantages: ['inside', 'at-rest', 'outside'],
    guest: 'pristine',
    twins: ['changed-root'],
    remedy:
      'Mount the file system of the image itself as the root; where a copy runs, nothing vouches for what it became.',
  },
  async (context) => {
    const image = await context.image()
    const atRest = await rootAtRest(image)
    const { host } = await context.probe()
    const mounts = await hostMounts(await context.probe())
    const covered = mounts.map(({ mountPoint }) => mountPoint).filter((mountPoint) => mountPoint !== '/')
    await tryEach(host, changing, await someFiles(host))
    for (const name of remounting) await host.try(name, { path: '/' })
    const source = mounts.find(({ mountPoint }) => mountPoint === '/')?.source ?? ''
    if (source.startsWith('/dev/')) for (const name of reachingDevice) await host.try(name, { path: source })

    const judgements: Judgement[] = []
    for (const when of ['from memory', 'with the caches dropped']) {
      if (when !== 'from memory') {
        const dropped = await host.try('set-sysctl', { name: 'vm.drop_caches', value: '3' })
        if (dropped.outcome !== 'allowed') {
          judgements.push(judge.inconclusive('the caches could not be dropped'))
          break
        }
      }
      const { compared, differing } = await compareRoot(host, atRest, covered)
      const from = `every file of the root, read ${when} after the attacks`
      judgements.push(
        judge.findings({
          ...{ vantage: 'inside', source: from, what: 'names', expectedAtLeast: 1 },
          bad: differing.map(({ path, inside, atRest: kept }): Evidence => {
            return {
              vantage: 'inside',
              source: from,
              found: `${path}: ${inside}`,
              expected: kept,
              subject: path,
            }
          }),
          good:
            differing.length === 0 && compared > 0
              ? [{ vantage: 'inside', source: from, found: `${compared} names, all as the image has them` }]
              : [],
        }),
      )
    }
    const sentinel = await sentinelOf(image)
    if (sentinel === undefined) return judge.all(judgements)
    await host.hashTree([sentinel.path])
    const copies = await outside((await context.guest()).machine).pagesLike(sentinel.page)
    const page: Evidence = {
      vantage: 'outside',
      source: `the guest's memory, searched for a page of ${sentinel.path}`,
      found: `${copies} pages that are as the image has it`,
    }
    return judge.all([
      ...judgements,
      copies > 0
        ? judge.findings({ vantage: 'outside', source: page.source, bad: [], good: [page], what: 'pages' })
        : judge.inconclusive('the guest says to have read a page that is not in its memory', [page]),
    ])
  },
)
