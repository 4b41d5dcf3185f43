import { type Attempt, judge } from '../harness/rules/judge.ts'
import { judgedContainers } from '../harness/rules/judged-containers.ts'
import { scratchDirectory } from '../harness/rules/writable-mounts.ts'
import { check } from '../harness/vitest/check.ts'
import { existing, systemDirectories, tryEach } from './support/system-paths.ts'

check(
  'root.cover',
  {
    claim: 'a container cannot mount anything over its root or remove a mount from it',
    promise: 'P12',
    severity: 'high',
    vantages: ['inside'],
    guest: 'pristine',
    twins: ['unconfined-container'],
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
    guest: 'pristine',
    twins: ['container-writable-rootfs'],
    remedy:
      'Set root.readonly in config.json (readonly: true in the YAML) and give it small tmpfs mounts where it writes.',
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
