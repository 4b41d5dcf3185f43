import { DrydockError } from '../common/errors.ts'
import type { Policy } from '../rules/policy.ts'
import { collectHost } from './binaries/collect-host.ts'
import type { Collected } from './binaries/collected.ts'
import type { BinariesFlags } from './binaries/flags.ts'
import { architectureOf, judgeAll, type Rulebook } from './binaries/judge.ts'
import { asJson, isGood, makeReport } from './binaries/report.ts'
import { printOut } from './print-out.ts'

/** Files of this host are no image: no policy says what is writable there, or may raise privileges. */
const hostBook = ({ arch }: BinariesFlags): Rulebook => ({
  surroundings: { isWritable: () => false, architecture: arch },
  policy: undefined,
  waiverOf: () => undefined,
})

const imageBook = async ({ policy: path, arch }: BinariesFlags): Promise<Rulebook> => {
  // A policy is YAML with a schema, which takes longer to load than a thousand files take to read.
  const { loadPolicy } = await import('../rules/policy-file.ts')
  const { surroundingsOf } = await import('../rules/elf-surroundings.ts')
  const { dayOf, waiversFor } = await import('../rules/waivers.ts')
  const policy: Policy = await loadPolicy(path)
  const today = dayOf(new Date())
  return {
    surroundings: surroundingsOf(policy, arch),
    policy,
    waiverOf: (check, subject, machine) => {
      const architecture = architectureOf(machine)
      const evidence = [{ vantage: 'at-rest', source: subject, found: '', subject } as const]
      const judgement = { verdict: 'fail', reason: '', evidence } as const
      return architecture === undefined
        ? undefined
        : waiversFor({ id: check, judgement }, architecture, policy.waivers, today)?.[0]?.reason
    },
  }
}

const nothingFound = (paths: readonly string[], collected: readonly Collected[]): DrydockError => {
  const files = collected.reduce((sum, { inventory }) => sum + inventory.files, 0)
  return new DrydockError(
    `${paths.join(', ')}: expected ELF files or scripts, found none among ${files} files`,
    { code: 'NOTHING_TO_JUDGE', blame: 'usage' },
  )
}

/**
 * `drydock binaries`: judges ELF files wherever they are; gives the exit code, 1 where one breaks the policy or cannot
 * be read.
 * @throws errors of blame `usage` for a path that is nothing to judge, or a policy that cannot be read
 */
export const binaries = async (paths: readonly string[], flags: BinariesFlags): Promise<number> => {
  const { collected: fromHost, others, notices } = collectHost(paths, flags.root)
  const images: Collected[] = []
  for (const path of others) {
    const { collectImage } = await import('./binaries/collect-image.ts')
    images.push(await collectImage(path))
  }
  const collected = [...fromHost, ...images]
  const needsPolicy = flags.policy !== undefined || collected.some(({ kind }) => kind === 'image')
  const [host, image] = [hostBook(flags), needsPolicy ? await imageBook(flags) : undefined]
  const judged = collected.flatMap((one) =>
    judgeAll(one, image !== undefined && (one.kind === 'image' || flags.policy !== undefined) ? image : host),
  )
  const report = makeReport(collected, judged)
  if (report.judged.length + report.scripts.length + report.unreadable.length === 0) {
    throw nothingFound(paths, collected)
  }
  for (const notice of notices) process.stderr.write(`drydock: ${notice}\n`)
  if (flags.json === true) printOut(`${asJson(report)}\n`)
  else {
    const { asTable } = await import('./binaries/table.ts')
    printOut(`${asTable(report)}\n`)
  }
  return isGood(report) ? 0 : 1
}
