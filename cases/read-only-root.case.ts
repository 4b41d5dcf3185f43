import { hostMounts } from '../harness/facts/host-mounts.ts'
import { describeMount, type Mount } from '../harness/facts/mounts.ts'
import { CannotJudge } from '../harness/rules/cannot-judge.ts'
import type { GuestContext } from '../harness/rules/context.ts'
import { type Attempt, judge } from '../harness/rules/judge.ts'
import type { Evidence } from '../harness/rules/verdict.ts'
import { scratchDirectory, storageMounts } from '../harness/rules/writable-mounts.ts'
import { check } from '../harness/vitest/check.ts'
import {
  attemptEach,
  changing,
  changingAny,
  creating,
  existing,
  reachingDevice,
  remounting,
  remountingOwn,
  someFiles,
  systemDirectories,
  tryEach,
} from './support/system-paths.ts'

const rootMount = async (context: GuestContext): Promise<Mount> => {
  const root = (await hostMounts(await context.probe())).find(({ mountPoint }) => mountPoint === '/')
  if (root === undefined) {
    throw new CannotJudge("the mount table of pid 1 has no entry for '/'")
  }
  return root
}

check(
  'root.read-only',
  {
    claim: 'the root is mounted read-only, and so is the file system under the mount',
    promise: 'P9',
    severity: 'critical',
    vantages: ['inside'],
    guest: 'shared',
    twins: ['writable-root'],
    remedy:
      'Mount a squashfs or EROFS image as the root; a read-only flag on a writable file system can be taken back.',
  },
  async (context) => {
    const root = await rootMount(context)
    const evidence: Evidence = { vantage: 'inside', source: '/proc/1/mountinfo', found: describeMount(root) }
    const readOnly = root.options.has('ro') && root.superOptions.has('ro')
    return judge.findings({
      vantage: 'inside',
      source: '/proc/1/mountinfo',
      bad: readOnly
        ? []
        : [{ ...evidence, expected: 'ro in the mount and in the super block', subject: '/' }],
      good: readOnly ? [evidence] : [],
      what: 'root mounts',
    })
  },
)

check(
  'root.create',
  {
    claim: 'root on the host cannot make anything new in a system directory',
    promise: 'P9',
    severity: 'critical',
    vantages: ['inside'],
    guest: 'pristine',
    twins: ['writable-root'],
    remedy:
      'Keep every system directory on a read-only file system; what must change belongs into /run, /tmp or /var.',
  },
  async (context) => {
    const probe = await context.probe()
    const { host } = probe
    const directories = await existing(host, systemDirectories, 'directory')
    const scratch = await scratchDirectory(probe, context.policy)
    const attempts = await tryEach(host, creating, directories)
    const controls = await tryEach(host, creating, [scratch])
    const [first, ...rest] = controls
    return first === undefined
      ? judge.inconclusive('no control')
      : judge.refused(attempts, { control: [first, ...rest] })
  },
)

check(
  'root.modify',
  {
    claim: 'root on the host cannot change, replace or remove a system file',
    promise: 'P9',
    severity: 'critical',
    vantages: ['inside'],
    guest: 'pristine',
    twins: ['writable-root'],
    remedy: 'Keep every system file on a read-only file system.',
  },
  async (context) => {
    const probe = await context.probe()
    const { host } = probe
    const scratch = await scratchDirectory(probe, context.policy)
    const attempts = await tryEach(host, changing, await someFiles(host))
    const content = await host.try('write-file', { path: `${scratch}/drydock-control`, content: 'x' })
    const controls = await tryEach(host, changingAny, [scratch])
    return judge.refused(attempts, {
      control: [{ what: `write-file in ${scratch}`, attempted: content }, ...controls],
    })
  },
)

check(
  'root.remount',
  {
    claim: 'root on the host cannot make the root file system writable',
    promise: 'P9',
    severity: 'critical',
    vantages: ['inside'],
    guest: 'pristine',
    twins: ['tmpfs-root'],
    remedy:
      'Use a root file system that cannot be written at all (squashfs, EROFS, dm-verity), not a tmpfs mounted ro.',
  },
  async (context) => {
    const probe = await context.probe()
    const { host } = probe
    const scratch = await scratchDirectory(probe, context.policy)
    return judge.refused(await attemptEach(host, remounting, { path: '/' }, 'on /'), {
      control: await attemptEach(
        host,
        remountingOwn,
        { path: scratch },
        `on a read-only mount in ${scratch}`,
      ),
      refusals: ['STILL_READ_ONLY'],
    })
  },
)

check(
  'root.device',
  {
    claim: 'root on the host cannot change or replace the block device below the root file system',
    promise: 'P9',
    severity: 'critical',
    vantages: ['inside'],
    guest: 'pristine',
    twins: ['loop-writable', 'loop-replaceable'],
    remedy:
      'Mount an EROFS from its file (Linux 6.12), or use dm-verity. A loop device gets another file by LOOP_CHANGE_FD, also a read-only one.',
  },
  async (context) => {
    const probe = await context.probe()
    const { host } = probe
    const { source, device } = await rootMount(context)
    if (!source.startsWith('/dev/')) {
      return judge.absent(`the root is on no block device (${source})`, [
        { vantage: 'inside', source: '/proc/1/mountinfo', found: `${source}, device ${device}` },
      ])
    }
    const scratch = await scratchDirectory(probe, context.policy)
    const control = await attemptEach(
      host,
      reachingDevice,
      { path: scratch, own: true },
      `on a loop device over a file in ${scratch}`,
    )
    return judge.refused(await attemptEach(host, reachingDevice, { path: source }, `on ${source}`), {
      control,
      // bdev_allow_write_mounted=0: what is mounted cannot be opened for writing (BLK_DEV_WRITE_MOUNTED, Linux 6.8).
      // EINVAL: LOOP_CHANGE_FD takes only read-only devices.
      refusals: ['EBUSY', 'EINVAL', 'NO_LOOP'],
    })
  },
)

check(
  'root.execute',
  {
    claim: 'nothing can be run from a place that can be written',
    promise: 'P9',
    severity: 'high',
    vantages: ['inside'],
    guest: 'pristine',
    twins: ['exec-tmpfs'],
    remedy: 'Mount /run, /tmp, /var and every other writable file system noexec.',
  },
  async (context) => {
    const probe = await context.probe()
    const writable = await storageMounts(probe)
    const attempts: Attempt[] = []
    for (const { mountPoint } of writable) {
      const attempted = await probe.host.try('exec-from', { directory: mountPoint })
      // /proc, /sys and the like take no files: nothing to run from there.
      if (attempted.outcome !== 'impossible') {
        attempts.push({ what: `run a program from ${mountPoint}`, attempted, subject: mountPoint })
      }
    }
    return judge.refused(attempts, {
      control: [{ what: 'run the same program from a memfd', attempted: await probe.host.try('exec-memfd') }],
    })
  },
)
