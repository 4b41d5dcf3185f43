import { hostMounts } from '../harness/facts/host-mounts.ts'
import { describeMount, type Mount, sizeLimit } from '../harness/facts/mounts.ts'
import type { Place } from '../harness/guest/probe.ts'
import { CannotJudge } from '../harness/rules/cannot-judge.ts'
import type { CheckContext } from '../harness/rules/context.ts'
import { type Attempt, judge } from '../harness/rules/judge.ts'
import { judgedContainers } from '../harness/rules/judged-containers.ts'
import type { Evidence } from '../harness/rules/verdict.ts'
import { declaredMount, scratchDirectory, storageMounts } from '../harness/rules/writable-mounts.ts'
import { check } from '../harness/vitest/check.ts'

const systemDirectories = [
  '/',
  '/etc',
  '/usr',
  '/usr/bin',
  '/usr/lib',
  '/bin',
  '/sbin',
  '/lib',
  '/boot',
  '/containers',
]
const systemFiles = ['/etc/*', '/usr/bin/*', '/usr/sbin/*', '/usr/lib/*', '/bin/*', '/sbin/*', '/init']
const filesTried = 3

const creating = ['create', 'tmpfile', 'mkdir', 'mknod', 'symlink'] as const
const changing = [
  'open-write',
  'truncate',
  'mmap-write',
  'chmod',
  'chown',
  'utimens',
  'setxattr',
  'link',
  'rename',
  'unlink',
] as const

const existing = async (
  place: Place,
  paths: readonly string[],
  type: 'directory' | 'file',
): Promise<string[]> => {
  const found: string[] = []
  for (const path of paths) {
    if ((await place.stat(path))?.type === type) {
      found.push(path)
    }
  }
  return found
}

const someFiles = async (place: Place): Promise<string[]> => {
  const found: string[] = []
  for (const pattern of systemFiles) {
    const [file] = await existing(place, (await place.glob(pattern)).slice(0, filesTried), 'file')
    if (file !== undefined) {
      found.push(file)
    }
  }
  if (found.length === 0) {
    throw new CannotJudge(`no regular file matches ${systemFiles.join(', ')} in ${place.name}`)
  }
  return found.slice(0, filesTried)
}

const tryEach = async (
  place: Place,
  names: readonly (typeof creating | typeof changing)[number][],
  paths: readonly string[],
): Promise<Attempt[]> => {
  const attempts: Attempt[] = []
  for (const path of paths) {
    for (const name of names) {
      attempts.push({
        what: `${name} ${path} on ${place.name}`,
        attempted: await place.try(name, { path }),
        subject: path,
      })
    }
  }
  return attempts
}

const rootMount = async (context: CheckContext): Promise<Mount> => {
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
    twins: ['writable-root'],
    remedy: 'Keep every system file on a read-only file system.',
  },
  async (context) => {
    const probe = await context.probe()
    const { host } = probe
    const attempts = await tryEach(host, changing, await someFiles(host))
    const controls = await tryEach(host, changing, [await scratchDirectory(probe, context.policy)])
    const [first, ...rest] = controls
    return first === undefined
      ? judge.inconclusive('no control')
      : judge.refused(attempts, { control: [first, ...rest] })
  },
)

check(
  'root.remount',
  {
    claim: 'root on the host cannot make the root file system writable',
    promise: 'P9',
    severity: 'critical',
    vantages: ['inside'],
    twins: ['tmpfs-root'],
    remedy:
      'Use a root file system that cannot be written at all (squashfs, EROFS, dm-verity), not a tmpfs mounted ro.',
  },
  async (context) => {
    const probe = await context.probe()
    const { host } = probe
    const scratch = await scratchDirectory(probe, context.policy)
    return judge.refused(
      [
        { what: 'remount / writable', attempted: await host.try('remount', { path: '/' }), subject: '/' },
        {
          what: 'mount_setattr / writable',
          attempted: await host.try('remount-attr', { path: '/' }),
          subject: '/',
        },
      ],
      {
        control: [
          {
            what: `remount a read-only mount in ${scratch}`,
            attempted: await host.try('remount-own', { path: scratch }),
          },
        ],
        refusals: ['STILL_READ_ONLY'],
      },
    )
  },
)

check(
  'root.device',
  {
    claim: 'root on the host cannot write to the block device below the root file system',
    promise: 'P9',
    severity: 'critical',
    vantages: ['inside'],
    twins: ['loop-writable'],
    remedy: 'Attach the loop device with LO_FLAGS_READ_ONLY to a file opened read-only, or use dm-verity.',
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
    return judge.refused(
      [
        {
          what: `write to ${source}`,
          attempted: await host.try('device-write', { path: source }),
          subject: source,
        },
      ],
      {
        control: [
          {
            what: `write to a loop device over a file in ${scratch}`,
            attempted: await host.try('device-write-own', { path: scratch }),
          },
        ],
      },
    )
  },
)

check(
  'root.cover',
  {
    claim: 'a container cannot mount anything over its root or remove a mount from it',
    promise: 'P12',
    severity: 'high',
    vantages: ['inside'],
    twins: ['capable-container', 'unconfined-container'],
    remedy:
      'Take CAP_SYS_ADMIN from the container and refuse mount(2), umount2(2) and the new mount API by seccomp.',
  },
  async (context) => {
    const probe = await context.probe()
    const names = ['mount-tmpfs', 'bind-over', 'overlay-over', 'remount', 'remount-attr'] as const
    const attempts: Attempt[] = []
    for (const { place, id } of await judgedContainers(probe, context.policy)) {
      for (const name of names) {
        attempts.push({
          what: `${name} / in ${place.name}`,
          attempted: await place.try(name, { path: '/' }),
          subject: `${id}:${name}`,
        })
      }
      attempts.push({
        what: `umount /proc in ${place.name}`,
        attempted: await place.try('umount', { path: '/proc' }),
        subject: `${id}:umount`,
      })
    }
    const scratch = await scratchDirectory(probe, context.policy)
    return judge.refused(attempts, {
      control: [
        {
          what: `mount-tmpfs ${scratch} on the host`,
          attempted: await probe.host.try('mount-tmpfs', { path: scratch }),
        },
        {
          what: `bind-over ${scratch} on the host`,
          attempted: await probe.host.try('bind-over', { path: scratch }),
        },
      ],
    })
  },
)

check(
  'root.containers',
  {
    claim:
      'the root file system of every container is read-only, tried from inside as its own user and as root',
    promise: 'P10',
    severity: 'high',
    vantages: ['inside'],
    twins: ['container-writable-rootfs'],
    remedy:
      'Set root.readonly in config.json (readonly: true in the YAML) and give it small tmpfs mounts where it writes.',
  },
  async (context) => {
    const probe = await context.probe()
    const attempts: Attempt[] = []
    for (const { place } of await judgedContainers(probe, context.policy)) {
      const directories = await existing(place, systemDirectories, 'directory')
      attempts.push(...(await tryEach(place, ['create', 'mkdir', 'symlink', 'tmpfile'], directories)))
    }
    const scratch = await scratchDirectory(probe, context.policy)
    return judge.refused(attempts, {
      control: [
        {
          what: `create ${scratch} on the host`,
          attempted: await probe.host.try('create', { path: scratch }),
        },
      ],
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

const onWritableMounts =
  (
    what: string,
    expected: string,
    examine: (mount: Mount, context: CheckContext) => string | undefined | 'skip',
  ) =>
  async (context: CheckContext) => {
    const bad: Evidence[] = []
    const good: Evidence[] = []
    for (const mount of await storageMounts(await context.probe())) {
      const problem = examine(mount, context)
      if (problem === 'skip') {
        continue
      }
      const evidence: Evidence = {
        vantage: 'inside',
        source: '/proc/1/mountinfo',
        found: describeMount(mount),
      }
      if (problem === undefined) {
        good.push(evidence)
      } else {
        bad.push({ ...evidence, found: `${problem}: ${evidence.found}`, expected, subject: mount.mountPoint })
      }
    }
    return judge.findings({ vantage: 'inside', source: '/proc/1/mountinfo', bad, good, what })
  }

check(
  'root.mounts',
  {
    claim: 'only the mounts that the policy declares are writable',
    promise: 'P10',
    severity: 'high',
    vantages: ['inside'],
    twins: ['extra-mount', 'writable-root'],
    remedy:
      'Remove the mount, or declare it under writableMounts in the policy with its file system and flags.',
  },
  onWritableMounts('writable mounts', 'a mount that the policy declares', (mount, { policy }) =>
    declaredMount(policy, mount) === undefined ? 'not declared' : undefined,
  ),
)

check(
  'root.mount-flags',
  {
    claim: 'every writable mount has the nosuid, nodev and noexec flags that the policy asks for',
    promise: 'P10',
    severity: 'high',
    vantages: ['inside'],
    twins: ['exec-tmpfs'],
    remedy: 'Add the missing flags where the mount is made.',
  },
  onWritableMounts('writable mounts', 'the flags of the policy', (mount, { policy }) => {
    const declared = declaredMount(policy, mount)
    if (declared === undefined) {
      return 'skip'
    }
    const missing = declared.flags.filter((flag) => !mount.options.has(flag))
    return missing.length === 0 ? undefined : `without ${missing.join(', ')}`
  }),
)

check(
  'root.mount-size',
  {
    claim: 'every writable tmpfs has a size limit, so that filling it does not take the memory of all',
    promise: 'P10',
    severity: 'medium',
    vantages: ['inside'],
    twins: ['unlimited-tmpfs'],
    remedy: 'Mount it with size=.',
  },
  onWritableMounts('writable tmpfs mounts', 'size=', (mount, { policy }) =>
    mount.fileSystem !== 'tmpfs' || declaredMount(policy, mount)?.sizeLimit === false
      ? 'skip'
      : sizeLimit(mount) === undefined
        ? 'no size limit'
        : undefined,
  ),
)
