import { parseMounts } from '../../facts/mounts.ts'
import type { OwnContainer, Place, Probe } from '../../guest/probe.ts'
import { CannotJudge } from '../cannot-judge.ts'
import type { GuestContext } from '../context.ts'
import { judge } from '../judge.ts'
import { type JudgedContainer, judgedContainers } from '../judged-containers.ts'
import type { ContainerRow, Evidence, Judgement } from '../verdict.ts'
import { type MisleadingRoot, misleadingRoots } from './misleading-roots.ts'

/** As it is for a container: read with the limits of `readOciSpec` by whoever needs more of it. */
const specOf = async (probe: Probe, { id, bundle }: JudgedContainer): Promise<OwnContainer['spec']> => {
  const content = (await probe.host.readMany([`${bundle}/config.json`])).get(`${bundle}/config.json`)
  const spec: unknown = content instanceof Buffer ? JSON.parse(content.toString('utf8')) : undefined
  if (typeof spec === 'object' && spec !== null && 'process' in spec && 'mounts' in spec) {
    return { ...spec, hooks: undefined }
  }
  throw new CannotJudge(`expected ${bundle}/config.json of container ${id} to describe a process and mounts`)
}

/** The same container under another name, in a cgroup of its own. */
const copyOf = (spec: OwnContainer['spec'], name: string, root: OwnContainer['root']): OwnContainer => ({
  name: `drydock-${name}`,
  root,
  spec: {
    ...spec,
    linux: { ...(spec.linux as object | undefined), cgroupsPath: `/drydock-${name}` },
  },
})

const maskedFile = '/proc/kcore'

/** What is wrong with a container that the runtime has started all the same; undefined where it is isolated. */
const flawOf = async (place: Place, masksKcore: boolean): Promise<string | undefined> => {
  const mask = masksKcore ? await place.stat(maskedFile) : undefined
  const isNull = mask?.type === 'character-device' && mask.device?.major === 1 && mask.device.minor === 3
  if (mask !== undefined && !isNull)
    return `its mask of ${maskedFile} is a ${mask.type} and not the null device`
  const setting = await place.try('open-write', { path: '/proc/sys/kernel/core_pattern' })
  if (setting.outcome === 'allowed') return 'it may write core_pattern'
  const [directory] = await place.links(['/proc/self/cwd'])
  const mounts = parseMounts((await place.read('/proc/self/mountinfo')).toString('utf8'))
  const isInside = mounts.some(({ id }) => id === directory?.mount)
  return isInside
    ? undefined
    : `its working directory ${directory?.target ?? 'unknown'} is on a mount that is not its own`
}

interface Tried {
  readonly found: string
  readonly flaw: boolean
}

const tryRoot = async (
  probe: Probe,
  spec: OwnContainer['spec'],
  container: string,
  { name, root, change }: Omit<MisleadingRoot, 'what'>,
): Promise<Tried> => {
  const started = await probe.start(copyOf(change?.(spec) ?? spec, `${container}-${name}`, root))
  if ('refused' in started) return { found: `not started: ${started.refused}`, flaw: false }
  const masks = (spec.linux as { readonly maskedPaths?: readonly string[] } | undefined)?.maskedPaths ?? []
  const flaw = await flawOf(started.place, masks.includes(maskedFile))
  return { found: `started, and ${flaw ?? 'isolated all the same'}`, flaw: flaw !== undefined }
}

/** For the table, without what a runtime says, which has the time in it. */
const wordOf = (found: string): string => (found.startsWith('not started') ? 'not started' : found)

/** Starts containers like those that are judged, with what has misled runtimes; an unchanged one must start. */
export const judgeRuntime = async (context: GuestContext): Promise<Judgement> => {
  const probe = await context.probe()
  const [container] = await judgedContainers(probe, context.policy)
  if (container === undefined) throw new CannotJudge('no container to make copies of')
  const spec = await specOf(probe, container)
  const unchanged = await tryRoot(probe, spec, container.id, { name: 'unchanged', root: [] })
  const rows: ContainerRow[] = []
  const evidence: Evidence[] = []
  for (const misleading of misleadingRoots) {
    const { found, flaw } = await tryRoot(probe, spec, container.id, misleading)
    const source = `a copy of container ${container.id} in which ${misleading.what}`
    const plain = { vantage: 'inside', source, found } as const
    const expected = 'not started, or isolated all the same'
    evidence.push(flaw ? { ...plain, expected, subject: misleading.what } : plain)
    rows.push({
      ...{
        container: container.id,
        property: misleading.what,
        inside: wordOf(found),
        control: wordOf(unchanged.found),
      },
      expected: flaw ? expected : undefined,
    })
  }
  const judgement = judge.findings({
    ...{ vantage: 'inside', source: 'copies of a container', what: 'misleading containers' },
    bad: evidence.filter(({ subject }) => subject !== undefined),
    good: evidence.filter(({ subject }) => subject === undefined),
  })
  const control: Evidence = {
    vantage: 'inside',
    source: 'an unchanged copy, as the control',
    found: unchanged.found,
  }
  const all = [...judgement.evidence, control]
  return judgement.verdict === 'pass' && (unchanged.flaw || !unchanged.found.startsWith('started'))
    ? {
        ...judge.inconclusive(
          `an unchanged copy of container ${container.id} must start: ${unchanged.found}`,
          all,
        ),
        rows,
      }
    : { ...judgement, evidence: all, rows }
}
