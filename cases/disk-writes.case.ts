import { diskWrites } from '../harness/facts/disk-writes.ts'
import { judge } from '../harness/rules/judge.ts'
import type { Evidence } from '../harness/rules/verdict.ts'
import { check } from '../harness/vitest/check.ts'
import { acrossBoots } from './support/across-boots.ts'

check(
  'root.disk-writes',
  {
    claim: 'from power-on, not a byte is written to a disk that the policy does not call stateful',
    promise: 'P9',
    severity: 'high',
    vantages: ['outside'],
    guest: 'cold-boot',
    draws: [diskWrites],
    twins: ['dirty-journal'],
    remedy:
      'Keep the system on a file system without a journal (squashfs, EROFS); mounting ext4 ro,noload leaves a journal alone.',
  },
  async (context) => {
    const seen = await acrossBoots(context, diskWrites, (values) => values.at(-1) !== undefined, 2)
    const boot = seen.find(({ value }) => value !== undefined)
    if (boot?.value === undefined) return judge.inconclusive('no boot was seen from power-on')
    const source = `QEMU's counters of ${boot.boot}, from power-on to the login`
    const { disks, notFlushed } = boot.value
    const system = disks.filter(({ id }) => !Object.hasOwn(context.policy.disks.stateful, id))
    if (system.length === 0) {
      const found = disks.length === 0 ? 'the image has no disk' : 'every disk is stateful'
      return judge.absent(found, [{ vantage: 'outside', source, found }])
    }
    const bad: Evidence[] = []
    const good: Evidence[] = []
    for (const disk of system) {
      const { id, writtenBytes, writeOperations, unmapOperations, unmappedBytes } = disk
      const found = `${id}: ${writtenBytes} bytes written in ${writeOperations} operations, ${unmappedBytes} discarded`
      const untouched = writeOperations === 0 && unmapOperations === 0
      if (disk.readOnly) return judge.inconclusive(`${id} cannot be written, so that no writes prove nothing`)
      if (untouched) good.push({ vantage: 'outside', source, found })
      else bad.push({ vantage: 'outside', source, found, expected: 'no writes at all', subject: id })
    }
    const judged = judge.findings({ vantage: 'outside', source, bad, good, what: 'system disks' })
    return notFlushed === undefined
      ? judged
      : judge.all([
          judged,
          judge.inconclusive(`what the guest had still to write may be missing: ${notFlushed}`),
        ])
  },
)
