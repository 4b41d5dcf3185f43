import type { PortScan } from '../../facts/inventory/answering-ports.ts'
import { judge } from '../judge.ts'
import type { Evidence, Judgement } from '../verdict.ts'

export interface PortQuestion {
  readonly scan: PortScan
  /** TCP ports of the host that listen on more than loopback, as the guest says. */
  readonly inside: ReadonlySet<number>
  /** Those that the inventory lists; undefined where there is none. */
  readonly listed: ReadonlySet<number> | undefined
}

/** TCP ports among names such as `tcp 0.0.0.0:22`, in the host's network and on more than loopback. */
export const reachablePorts = (names: Iterable<string>): ReadonlySet<number> =>
  new Set(
    [...names].flatMap((name) => {
      const [, address, port] = /^tcp6? (\S+):(\d+)$/.exec(name) ?? []
      const isLoopback = address === undefined || /^127\.|^\[0:0:0:0:0:0:0:1\]$/.test(address)
      return isLoopback ? [] : [Number(port)]
    }),
  )

const source = 'connections through the network of QEMU'

/** A port that answers must be listed, and the guest must say itself that it listens. */
export const judgePorts = ({ scan, inside, listed }: PortQuestion): Judgement => {
  const { answering, refusing, silent, problems } = scan
  const evidence = (port: number, found: string): Evidence => ({
    vantage: 'outside',
    source: `${source}, port ${port}`,
    found,
  })
  const hidden = answering.filter((port) => !inside.has(port))
  const unlisted = answering.filter((port) => inside.has(port) && listed !== undefined && !listed.has(port))
  const gone = [...(listed ?? [])].filter((port) => !answering.includes(port))
  const good = answering.filter((port) => !hidden.includes(port) && !unlisted.includes(port))
  const shown: Evidence[] = [
    ...hidden.map((port) => ({
      ...evidence(port, 'answers, while no socket inside says that it listens'),
      expected: 'a socket of the guest',
      subject: `tcp port ${port}`,
    })),
    ...unlisted.map((port) => ({
      ...evidence(port, 'answers'),
      expected: 'a port that the inventory lists',
      subject: `tcp port ${port}`,
    })),
    ...gone.map((port) => ({
      ...evidence(port, refusing.includes(port) ? 'refuses' : 'is silent'),
      expected: 'an answer, since the inventory lists it',
      subject: `tcp port ${port}`,
    })),
    ...good.map((port) => evidence(port, 'answers, as the guest and the inventory say')),
    { vantage: 'outside', source, found: `${refusing.length} ports refuse, ${silent.length} are silent` },
  ]
  if (hidden.length > 0) {
    const reason = `${hidden.length} ports answer that the guest does not own up to: ${hidden.join(', ')}`
    return { verdict: 'disagree', reason, evidence: shown }
  }
  if (problems.length > 0) {
    return judge.inconclusive(`ports could not be tried: ${problems.slice(0, 3).join('; ')}`, shown)
  }
  // Where nothing even refuses, the guest has no network that is up, or drops everything.
  if (answering.length + refusing.length === 0) {
    return judge.inconclusive('no port answered or refused: is the network of the guest up?', shown)
  }
  if (unlisted.length + gone.length > 0) {
    const reason = [
      ...(unlisted.length === 0 ? [] : [`not listed and answering: ${unlisted.join(', ')}`]),
      ...(gone.length === 0 ? [] : [`listed and not answering: ${gone.join(', ')}`]),
    ].join('; ')
    return { verdict: 'fail', reason, evidence: shown }
  }
  if (listed === undefined) {
    return judge.inconclusive('the policy names no inventory: run `drydock baseline TARGET`', shown)
  }
  return {
    verdict: 'pass',
    reason: `of ${answering.length + refusing.length + silent.length} ports, ${answering.length} answer, all as listed`,
    evidence: shown,
  }
}
