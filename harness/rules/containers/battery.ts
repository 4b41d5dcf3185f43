import type { Attempted, Place, Probe } from '../../guest/probe.ts'
import type { GuestSpec } from '../../target/target.ts'
import { CannotJudge } from '../cannot-judge.ts'
import type { GuestContext } from '../context.ts'
import { type JudgedContainer, judgedContainers } from '../judged-containers.ts'
import { type Attack, type AttackClass, attackClasses, type HostFacts, listener } from './attacks.ts'
import { type HostState, hostState } from './host-state.ts'
import { permissive } from './own-containers.ts'

/** What came of one attack. */
export interface AttackResult {
  readonly attack: Attack
  /** By the id of the container that it was tried in. */
  readonly tried: ReadonlyMap<string, Attempted>
  /** The same from a container that is made to allow it. */
  readonly control: Attempted
  /** Where even that was refused: the same as root on the host. */
  readonly onHost: Attempted | undefined
}

/** All attacks of one guest, and what the host was like before and after those that must fail. */
export interface BatteryResult {
  readonly results: ReadonlyMap<AttackClass['id'], readonly AttackResult[]>
  readonly before: HostState
  readonly after: HostState
  /** After the controls, which do harm: it shows that harm would be seen. */
  readonly harmed: HostState
}

const startControl = async (probe: Probe): Promise<Place> => {
  const started = await probe.start(permissive)
  if ('place' in started) return started.place
  throw new CannotJudge(`the container for the controls did not start: ${started.refused}`)
}

/** Has the host listen for those that must not reach it. */
const prepareHost = async ({ host }: Probe): Promise<HostFacts> => {
  const listening = await host.try('listen', listener)
  if (listening.outcome !== 'allowed')
    throw new CannotJudge(`the host cannot listen: ${JSON.stringify(listening)}`)
  const keyring = await host.try('user-keyring', {})
  // A kernel without keyrings: then the attempt says so, here as in containers.
  return { keyring: keyring.outcome === 'allowed' ? Number(keyring.detail) : 0 }
}

const tryAll = async (
  judged: readonly JudgedContainer[],
  facts: HostFacts,
): Promise<ReadonlyMap<Attack, ReadonlyMap<string, Attempted>>> => {
  const tried = new Map<Attack, Map<string, Attempted>>()
  for (const attack of attackClasses.flatMap(({ attacks }) => attacks)) {
    const byContainer = new Map<string, Attempted>()
    for (const { id, place } of judged) byContainer.set(id, await attack.run(place, facts))
    tried.set(attack, byContainer)
  }
  return tried
}

const withControls = async (
  { attacks }: AttackClass,
  tried: ReadonlyMap<Attack, ReadonlyMap<string, Attempted>>,
  { host }: Probe,
  permitted: Place,
  facts: HostFacts,
): Promise<readonly AttackResult[]> => {
  const results: AttackResult[] = []
  for (const attack of attacks) {
    const run = attack.control ?? attack.run
    const control = await run(permitted, facts)
    const onHost = control.outcome === 'allowed' ? undefined : await (attack.onHost ?? run)(host, facts)
    results.push({ attack, tried: tried.get(attack) ?? new Map(), control, onHost })
  }
  return results
}

const runBattery = async (context: GuestContext): Promise<BatteryResult> => {
  const probe = await context.probe()
  const judged = await judgedContainers(probe, context.policy)
  const facts = await prepareHost(probe)
  const before = await hostState(probe, 'files too')
  const tried = await tryAll(judged, facts)
  const after = await hostState(probe, 'files too')
  const permitted = await startControl(probe)
  const results = new Map<AttackClass['id'], readonly AttackResult[]>()
  for (const each of attackClasses)
    results.set(each.id, await withControls(each, tried, probe, permitted, facts))
  return { results, before, after, harmed: await hostState(probe, 'no files') }
}

const known = new WeakMap<GuestSpec, Promise<BatteryResult>>()

/** Vantage inside: every attack, in the guest of the check that asks first, for all checks of that image. */
export const battery = (context: GuestContext): Promise<BatteryResult> => {
  const result = known.get(context.spec) ?? runBattery(context)
  known.set(context.spec, result)
  return result
}
