import { hostMounts } from '../harness/facts/host-mounts.ts'
import { compareRoot, type RootDifferences, rootAtRest } from '../harness/facts/root-files.ts'
import type { Place } from '../harness/guest/probe.ts'
import type { Image } from '../harness/image/image.ts'
import { outside } from '../harness/machine/outside/outside.ts'
import { pageBytes } from '../harness/machine/outside/page-search.ts'
import type { AttackContext } from '../harness/rules/context.ts'
import { judge } from '../harness/rules/judge.ts'
import type { Evidence, Judgement } from '../harness/rules/verdict.ts'
import { check } from '../harness/vitest/check.ts'
import { changing, reachingDevice, remounting, someFiles, tryEach } from './support/system-paths.ts'

/** Whatever comes of it: only what the files hold afterwards counts. */
const attack = async (host: Place, rootSource: string): Promise<void> => {
  await tryEach(host, changing, await someFiles(host))
  for (const name of remounting) await host.try(name, { path: '/' })
  if (!rootSource.startsWith('/dev/')) return
  for (const name of reachingDevice) await host.try(name, { path: rootSource })
}

const judgeReading = ({ compared, differing }: RootDifferences, how: string): Judgement => {
  const source = `every file of the root, read ${how} after the attacks`
  const found = `${compared} names, all as the image has them`
  return judge.findings({
    ...{ vantage: 'inside', source, what: 'names' },
    bad: differing.map(
      ({ path, inside, atRest }): Evidence => ({
        ...{ vantage: 'inside', source, found: `${path}: ${inside}` },
        ...{ expected: atRest, subject: path },
      }),
    ),
    good: differing.length === 0 && compared > 0 ? [{ vantage: 'inside', source, found }] : [],
  })
}

/** A page in the midst of a large file: hardly anything else in memory is like it. */
const sentinelOf = async ({ root }: Image) => {
  for (const entry of root.entries()) {
    if (entry.type !== 'file' || entry.size < 16 * pageBytes || !entry.path.startsWith('/usr/')) continue
    const page = (await entry.read()).subarray(8 * pageBytes, 9 * pageBytes)
    if (new Set(page).size > 64) return { path: entry.path, page }
  }
  return undefined
}

/** What the guest says to read has to be in its memory, where it can be seen from outside. */
const judgeMemory = async (context: AttackContext, image: Image): Promise<readonly Judgement[]> => {
  const sentinel = await sentinelOf(image)
  if (sentinel === undefined) return []
  await (await context.probe()).host.hashTree([sentinel.path])
  const pages = await outside((await context.guest()).machine).pagesLike(sentinel.page)
  const source = `the guest's memory, searched for a page of ${sentinel.path}`
  const evidence: Evidence = { vantage: 'outside', source, found: `${pages} pages as the image has it` }
  return pages === 0
    ? [judge.inconclusive('a page that the guest has just read is not in its memory', [evidence])]
    : [judge.findings({ vantage: 'outside', source, bad: [], good: [evidence], what: 'pages' })]
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
    const probe = await context.probe()
    const mounts = await hostMounts(probe)
    const covered = mounts.map(({ mountPoint }) => mountPoint).filter((mountPoint) => mountPoint !== '/')
    await attack(probe.host, mounts.find(({ mountPoint }) => mountPoint === '/')?.source ?? '')
    const fromMemory = judgeReading(await compareRoot(probe.host, atRest, covered), 'from memory')
    const dropped = await probe.host.try('set-sysctl', { name: 'vm.drop_caches', value: '3' })
    const anew =
      dropped.outcome === 'allowed'
        ? judgeReading(await compareRoot(probe.host, atRest, covered), 'with the caches dropped')
        : judge.inconclusive('the caches could not be dropped')
    return judge.all([fromMemory, anew, ...(await judgeMemory(context, image))])
  },
)
