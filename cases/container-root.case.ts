import { containerClaims } from '../harness/rules/container-claims.ts'
import { type Attempt, judge } from '../harness/rules/judge.ts'
import { judgedContainers } from '../harness/rules/judged-containers.ts'
import { scratchDirectory } from '../harness/rules/writable-mounts.ts'
import { check } from '../harness/vitest/check.ts'
import {
  changing,
  changingAny,
  existing,
  filesIn,
  remounting,
  systemDirectories,
  tryEach,
} from './support/system-paths.ts'

check(
  'root.cover',
  {
    ...containerClaims['root.cover'],
    vantages: ['inside'],
    guest: 'pristine',
    twins: ['unconfined-container'],
  },
  async (context) => {
    const probe = await context.probe()
    const names = ['mount-tmpfs', 'bind-over', 'overlay-over', ...remounting] as const
    const calls = ['pivot_root', 'move_mount', 'fsopen', 'fspick'] as const
    const attempts: Attempt[] = []
    for (const { place, id } of await judgedContainers(probe, context.policy)) {
      for (const name of names) {
        attempts.push({
          what: `${name} / in ${place.name}`,
          attempted: await place.try(name, { path: '/' }),
          subject: `${id}:${name}`,
        })
      }
      for (const call of calls) {
        attempts.push({
          what: `${call} in ${place.name}`,
          attempted: await place.try('syscall', { name: call }),
          subject: `${id}:${call}`,
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
        {
          what: 'pivot_root on the host',
          attempted: await probe.host.try('syscall', { name: 'pivot_root' }),
        },
        {
          what: `reconfigure a read-only mount in ${scratch} on the host`,
          attempted: await probe.host.try('reconfigure-own', { path: scratch }),
        },
      ],
    })
  },
)

check(
  'root.containers',
  {
    ...containerClaims['root.containers'],
    vantages: ['inside'],
    guest: 'pristine',
    twins: ['container-writable-rootfs'],
  },
  async (context) => {
    const probe = await context.probe()
    const attempts: Attempt[] = []
    for (const { place } of await judgedContainers(probe, context.policy)) {
      const directories = await existing(place, systemDirectories, 'directory')
      const names = ['create', 'mkdir', 'symlink', 'tmpfile'] as const
      attempts.push(...(await tryEach(place, names, directories)))
      // An ordinary user is kept out by the owner and mode of a directory already.
      attempts.push(...(await tryEach(place, names, directories, { uid: 0 })))
      // Files of /etc, which come first, are often mounts of their own.
      attempts.push(...(await tryEach(place, changing, (await filesIn(place)).slice(-1), { uid: 0 })))
    }
    const scratch = await scratchDirectory(probe, context.policy)
    return judge.refused(attempts, {
      control: [
        {
          what: `create ${scratch} on the host`,
          attempted: await probe.host.try('create', { path: scratch }),
        },
        ...(await tryEach(probe.host, changingAny, [scratch])),
      ],
    })
  },
)
