import type { Traffic } from '../facts/boot-traffic.ts'
import type { SentPackets } from '../machine/packets/sent-packets.ts'
import { judge } from './judge.ts'
import type { Evidence, Judgement } from './verdict.ts'

const nameOf = ({ protocol, to }: SentPackets): string => (to === undefined ? protocol : `${protocol} ${to}`)

/**
 * Judges what guests have sent of themselves; what answers others is left out.
 * @param sends what may be sent, by protocol (`dhcp`) or protocol and address (`ntp 10.0.0.1:123`)
 */
export const judgeTraffic = (
  boots: readonly { readonly boot: string; readonly value: Traffic }[],
  sends: Readonly<Record<string, string>>,
): Judgement => {
  const bad = new Map<string, Evidence>()
  const good = new Map<string, Evidence>()
  for (const { boot, value } of boots) {
    for (const kind of value.sent) {
      if (kind.answer) continue
      const name = nameOf(kind)
      const reason = sends[name] ?? sends[kind.protocol]
      const evidence: Evidence = {
        vantage: 'outside',
        source: `packets of ${boot}, ${value.fromPowerOn ? 'from power-on to the login' : 'since it was forked'}`,
        found: `${name}: ${kind.packets} packets, ${kind.bytes} bytes`,
      }
      if (reason !== undefined) good.set(name, { ...evidence, found: `${evidence.found}: ${reason}` })
      else bad.set(name, { ...evidence, expected: 'nothing that the policy does not list', subject: name })
    }
  }
  const judged = judge.findings({
    vantage: 'outside',
    source: 'what left the network card',
    bad: [...bad.values()],
    good: [...good.values()],
    what: 'kinds of packets',
  })
  const incomplete = boots.filter(({ value }) => !value.complete)
  if (incomplete.length > 0)
    return judge.all([judged, judge.inconclusive("QEMU's copy of the packets could not be read to its end")])
  if (!boots.some(({ value }) => value.fromPowerOn))
    return judge.all([judged, judge.inconclusive('no boot was seen from power-on')])
  // Silence is what the claim is about; the counter itself is shown at work by an image that asks for an address.
  return bad.size + good.size > 0
    ? judged
    : judge.absent('the image sent nothing of itself', [
        { vantage: 'outside', source: 'what left the network card', found: 'only answers, or nothing' },
      ])
}
