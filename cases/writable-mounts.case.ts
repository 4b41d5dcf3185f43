import { describeMount, type Mount, sizeLimit } from '../harness/facts/mounts.ts'
import type { GuestContext } from '../harness/rules/context.ts'
import { judge } from '../harness/rules/judge.ts'
import type { Evidence } from '../harness/rules/verdict.ts'
import { declaredMount, storageMounts } from '../harness/rules/writable-mounts.ts'
import { check } from '../harness/vitest/check.ts'

const onWritableMounts =
  (
    what: string,
    expected: string,
    examine: (mount: Mount, context: GuestContext) => string | undefined | 'skip',
  ) =>
  async (context: GuestContext) => {
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
    guest: 'shared',
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
    guest: 'shared',
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
    guest: 'shared',
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
