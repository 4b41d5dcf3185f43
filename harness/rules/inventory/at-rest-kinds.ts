import { moduleFiles, worldWritable } from '../../facts/inventory/files.ts'
import { identityAtRest } from '../../facts/inventory/identity.ts'
import {
  compilers,
  interpreters,
  packageManagersAtRest,
  programsNamed,
} from '../../facts/inventory/named-programs.ts'
import { programsAtRest } from '../../facts/inventory/programs.ts'
import { secretsAtRest } from '../../facts/inventory/secrets.ts'
import { usersAtRest } from '../../facts/inventory/users.ts'
import type { AtRestKind } from './inventory-kind.ts'

const atRest = { guest: 'none', vantages: ['at-rest'] } as const

/** What lies in the image, the containers that are baked in included. */
export const atRestKinds: readonly AtRestKind[] = [
  {
    ...atRest,
    id: 'programs',
    things: 'programs, libraries and scripts, and links to them',
    claim: 'the image has exactly the programs that its inventory lists',
    promise: 'P4',
    severity: 'high',
    remedy: 'Take the program out of the image, or add it to the inventory after a review.',
    collect: async ({ image }) => await programsAtRest(await image()),
  },
  {
    ...atRest,
    id: 'interpreters',
    things: 'shells and interpreters',
    claim: 'the image has exactly the interpreters that its inventory lists',
    promise: 'P4',
    severity: 'high',
    remedy: 'Take the interpreter out: whoever breaks in can write programs with it.',
    collect: async ({ image }) => programsNamed(await image(), interpreters),
  },
  {
    ...atRest,
    id: 'loadable-modules',
    things: 'kernel modules that lie in the image',
    claim: 'the image has exactly the kernel modules that its inventory lists',
    promise: 'P4',
    severity: 'medium',
    remedy: 'Leave out modules that nothing loads: each is kernel code that may be reached.',
    collect: async ({ image }) => moduleFiles(await image()),
  },
  {
    ...atRest,
    id: 'users',
    things: 'users',
    claim: 'the image has exactly the users that its inventory lists, and none of them has a password',
    promise: 'P20',
    severity: 'critical',
    remedy: 'Put * into the password field; let people in with keys that come from outside.',
    collect: async ({ image }) => await usersAtRest(await image()),
    standard: (_, detail) =>
      /EMPTY password|, password \(/.test(detail) ? 'nobody can log in with a password' : undefined,
  },
  {
    ...atRest,
    id: 'world-writable',
    things: 'files and directories that any user may write to',
    claim:
      'no file of the image can be written by any user, and exactly the listed directories, which are sticky',
    promise: 'P4',
    severity: 'medium',
    remedy: 'chmod o-w, and +t for a directory that must stay open.',
    collect: async ({ image }) => worldWritable(await image()),
    standard: (_, detail) =>
      /^directory 1/.test(detail) ? undefined : 'only sticky directories may be open to all',
  },
  {
    ...atRest,
    id: 'compilers',
    things: 'compilers, linkers and debuggers',
    claim: 'the image has no compiler, linker or debugger',
    promise: 'P4',
    severity: 'high',
    remedy: 'Build in another image, and copy only what was built.',
    collect: async ({ image }) => programsNamed(await image(), compilers),
    standard: () => 'no compiler, linker or debugger',
  },
  {
    ...atRest,
    id: 'package-managers',
    things: 'package managers and their databases',
    claim: 'neither the image nor any container in it has a package manager, or the database of one',
    promise: 'P11',
    severity: 'high',
    remedy: 'Leave package managers in the image that builds; take applets such as dpkg out of BusyBox.',
    collect: async ({ image }) => await packageManagersAtRest(await image()),
    standard: () => 'no package manager and no database of one',
  },
  {
    ...atRest,
    id: 'secrets',
    things: 'keys, tokens and passwords',
    claim: 'no private key, token, password or key that may log in is baked into the image',
    promise: 'P20',
    severity: 'critical',
    remedy: 'Give secrets to the machine when it is provisioned; replace those that were in an image.',
    collect: async ({ image }) => await secretsAtRest(await image()),
    standard: () => 'no secret, since whoever has the image has it too',
  },
  {
    ...atRest,
    id: 'identity',
    things: 'identities of one machine',
    claim: 'no machine-id, host key or random seed is baked into the image',
    promise: 'P20',
    severity: 'high',
    remedy: 'Make them at the first start, or at each start where nothing is kept.',
    collect: async ({ image }) => await identityAtRest(await image()),
    standard: () => 'nothing that must be another one on each machine',
  },
]
