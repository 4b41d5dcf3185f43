import { deviceNodes } from '../../facts/inventory/devices.ts'
import { listeners } from '../../facts/inventory/listeners.ts'
import { loadedModules, mounts, processes } from '../../facts/inventory/running-system.ts'
import { socketFamilies } from '../../facts/inventory/socket-families.ts'
import type { GuestKind } from './inventory-kind.ts'

const running = { guest: 'shared', vantages: ['inside'] } as const

/** What only the running guest has. */
export const guestKinds: readonly GuestKind[] = [
  {
    ...running,
    id: 'loaded-modules',
    things: 'kernel modules that are loaded',
    claim: 'exactly the kernel modules are loaded that the inventory lists',
    promise: 'P4',
    severity: 'medium',
    remedy: 'Find out what loads the module, and whether it is needed.',
    collect: async ({ probe }) => await loadedModules(await probe()),
  },
  {
    ...running,
    id: 'processes',
    things: 'programs that run',
    claim: 'exactly the processes run that the inventory lists',
    promise: 'P4',
    severity: 'high',
    remedy: 'Find out what starts the process, and whether it is needed.',
    collect: async ({ probe }) => await processes(await probe()),
  },
  {
    ...running,
    id: 'listeners',
    things: 'sockets that listen',
    claim: 'exactly the sockets listen that the inventory lists, in every network namespace',
    promise: 'P4',
    severity: 'high',
    remedy: 'Find the program in the evidence; switch its socket off, or bind it to a narrower address.',
    collect: async ({ probe }) => await listeners(await probe()),
  },
  {
    ...running,
    guest: 'pristine',
    id: 'socket-families',
    things: 'socket families',
    claim: 'the kernel offers exactly the socket families that the inventory lists',
    promise: 'P4',
    severity: 'medium',
    remedy: 'Build the kernel without the family, or leave its module out of the image.',
    collect: async ({ probe }) => await socketFamilies((await probe()).host),
  },
  {
    ...running,
    id: 'mounts',
    things: 'mounts',
    claim:
      'exactly those file systems are mounted that the inventory lists, with their flags, in containers too',
    promise: 'P4',
    severity: 'high',
    remedy: 'Find out what makes the mount; add nosuid, nodev and noexec where they went missing.',
    collect: async ({ probe }) => await mounts(await probe()),
  },
  {
    ...running,
    vantages: ['inside', 'at-rest'],
    id: 'devices',
    things: 'device nodes',
    claim: 'exactly the device nodes exist that the inventory lists, with their modes, in containers too',
    promise: 'P4',
    severity: 'medium',
    remedy: 'Find the driver that makes the node, and leave it out of the kernel; narrow its mode.',
    collect: async ({ probe, image }) => await deviceNodes(await probe(), await image()),
  },
]
