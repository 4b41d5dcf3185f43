import { scannedPorts, scanPorts } from '../harness/facts/inventory/answering-ports.ts'
import { listeners } from '../harness/facts/inventory/listeners.ts'
import { judgePorts, reachablePorts } from '../harness/rules/inventory/judge-ports.ts'
import { check } from '../harness/vitest/check.ts'

check(
  'base.answering-ports',
  {
    claim:
      'from outside, exactly those TCP ports answer that the inventory lists and that the guest says to listen on',
    promise: 'P14',
    severity: 'high',
    vantages: ['outside', 'inside'],
    guest: 'pristine',
    twins: ['stray-processes'],
    remedy: 'Switch the service off, or add its socket to the inventory after a review.',
  },
  async ({ guest, probe, policy, architecture }) => {
    const inside = reachablePorts((await listeners(await probe())).entries.keys())
    const listed = policy.inventory?.entriesOf('listeners', architecture)
    const expected = listed === undefined ? undefined : reachablePorts(listed.keys())
    const scan = await scanPorts(await guest(), [...scannedPorts, ...inside, ...(expected ?? [])])
    return judgePorts({ scan, inside, listed: expected })
  },
)
