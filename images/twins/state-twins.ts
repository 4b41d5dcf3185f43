import type { ContainerDescription, Description } from '../builder/description.ts'
import { ext4Disks } from './ext4-disks.ts'
import type { Twin } from './twin.ts'

/** Two disks that are mounted read-only; their driver is there before the first mount. */
const withDisks = (description: Description): Description => {
  const { kernel, init, mounts } = description
  const places = ['/mnt/clean', '/mnt/dirty']
  return {
    ...description,
    kernel: {
      ...kernel,
      modules: {
        initrd: [...kernel.modules.initrd, 'virtio_blk'],
        root: kernel.modules.root.filter((name) => name !== 'virtio_blk'),
      },
    },
    init: { ...init, directories: [...init.directories, ...places] },
    mounts: [
      ...mounts,
      ...places.map((target, index) => ({
        source: `/dev/vd${'ab'[index]}`,
        target,
        type: 'ext4',
        options: ['ro', 'nosuid', 'nodev', 'noexec'],
      })),
    ],
  }
}

/** One more service that is a shell script, in the host's network. */
const withScript =
  (name: string, script: string, more: Partial<ContainerDescription> = {}) =>
  (description: Description): Description => {
    const sshd = description.services.find((service) => service.name === 'sshd')
    if (sshd === undefined) return description
    const path = `/usr/bin/${name}`
    const service: ContainerDescription = {
      ...sshd,
      ...{ name, binaries: ['/usr/bin/busybox'], command: [path], binds: [], privileged: false },
      ...{ capabilities: [], shares: ['network'], runtime: { mkdir: [], requires: [] } },
      applets: ['sh', 'nslookup', 'wget', 'sleep', 'od', 'tr', 'nc'],
      files: { [path]: `#!/bin/sh\n${script}` },
      ...more,
    }
    return { ...description, services: [service, ...description.services] }
  }

/** Flaws that show from one boot to the next, or on disks and wires. */
export const stateTwins = {
  'dirty-journal': {
    flaw: 'a disk is mounted read-only whose journal is replayed, and so is one with nothing to replay',
    boots: true,
    describe: withDisks,
    disks: async () => await ext4Disks(['clean', 'dirty']),
  },
  'self-updating': {
    flaw: 'a service asks for updates by itself, by name and by address',
    boots: true,
    describe: withScript(
      'updater',
      'while :; do nslookup updates.example 10.0.2.3; wget -T 2 -O /dev/null http://10.0.2.2/; sleep 5; done >/dev/null 2>&1\n',
    ),
  },
  'changing-boots': {
    flaw: 'at each boot a service listens on another port',
    boots: true,
    describe: withScript(
      'drifter',
      'port=$((0x$(od -An -N2 -tx2 /dev/urandom | tr -d " ") % 20000 + 20000))\nwhile :; do nc -l -p "$port" </dev/null; done >/dev/null 2>&1\n',
    ),
  },
} satisfies Record<string, Twin>
