import { DrydockError } from '../../harness/common/errors.ts'
import type { Probe } from '../../harness/guest/probe.ts'
import type { GuestContext } from '../../harness/rules/context.ts'
import { judge, type View } from '../../harness/rules/judge.ts'
import type { Judgement } from '../../harness/rules/verdict.ts'

/** Where the guest lets nobody in, or keeps the fact to itself: other vantages have to do. */
const keptBack = new Set(['NO_SHELL', 'PLACE_UNREACHABLE', 'GUEST_FILE'])

/**
 * What the guest says of itself, for comparison with what is seen from outside.
 * @param read Gives undefined where the guest does not say
 */
export const insideView = async (
  context: GuestContext,
  source: string,
  read: (probe: Probe) => Promise<string | undefined>,
): Promise<View> => {
  try {
    const found = await read(await context.probe())
    return { vantage: 'inside', source, found, reason: 'the guest does not say' }
  } catch (error) {
    if (!(error instanceof DrydockError) || !keptBack.has(error.code)) throw error
    return { vantage: 'inside', source, found: undefined, reason: error.shortMessage }
  }
}

/** A judgement of what one vantage sees, unless another that sees it as well contradicts it. */
export const unlessContradicted = (
  judgement: Judgement,
  subject: string,
  ...views: readonly View[]
): Judgement => {
  const compared = judge.agree({ views, good: () => true, expected: 'the same', subject })
  return compared.verdict === 'disagree'
    ? judge.all([judgement, compared])
    : { ...judgement, evidence: [...judgement.evidence, ...compared.evidence] }
}

/** Looks from outside while the probe, where there is one, keeps the processor busy with a program. */
export const whileBusy = async <Seen>(context: GuestContext, look: () => Promise<Seen>): Promise<Seen> => {
  const over = new AbortController()
  const busy = insideView(context, 'the probe', async ({ host }) => {
    while (!over.signal.aborted) await host.glob('/proc/[0-9]*/*')
    return undefined
  })
  const seen = look().finally(() => over.abort())
  return (await Promise.all([seen, busy]))[0]
}
