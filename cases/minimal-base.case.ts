import { privilegedFiles } from '../harness/facts/inventory/files.ts'
import { atRestKinds } from '../harness/rules/inventory/at-rest-kinds.ts'
import { guestKinds } from '../harness/rules/inventory/guest-kinds.ts'
import { judgeKind } from '../harness/rules/inventory/inventory-checks.ts'
import type { InventoryKind } from '../harness/rules/inventory/inventory-kind.ts'
import { judgeInventory } from '../harness/rules/inventory/judge-inventory.ts'
import { check } from '../harness/vitest/check.ts'

/** By kind: the images in which there is something that no list has, or something missing. */
const twinsOf: Readonly<Record<InventoryKind['id'], readonly [string, ...string[]]>> = {
  programs: ['crowded-image', 'bare-image'],
  interpreters: ['crowded-image', 'bare-image'],
  'loadable-modules': ['crowded-image', 'bare-image'],
  users: ['crowded-image', 'bare-image'],
  'world-writable': ['crowded-image'],
  compilers: ['crowded-image'],
  'package-managers': ['crowded-image'],
  secrets: ['crowded-image'],
  identity: ['crowded-image'],
  'loaded-modules': ['extra-module'],
  processes: ['stray-processes'],
  listeners: ['stray-processes'],
  'socket-families': ['extra-module'],
  mounts: ['extra-mount'],
  devices: ['extra-module'],
}

for (const kind of atRestKinds) {
  const { id, things: _, collect, standard: __, ...meta } = kind
  check(`base.${id}`, { ...meta, twins: twinsOf[id] }, async (context) =>
    judgeKind(kind, context, await collect(context)),
  )
}

for (const kind of guestKinds) {
  const { id, things: _, collect, standard: __, ...meta } = kind
  check(`base.${id}`, { ...meta, twins: twinsOf[id] }, async (context) =>
    judgeKind(kind, context, await collect(context)),
  )
}

check(
  'base.privileged-files',
  {
    claim:
      'exactly the files that the policy names raise privileges when they are run: setuid, setgid, file capabilities',
    promise: 'P4',
    severity: 'high',
    vantages: ['at-rest'],
    guest: 'none',
    twins: ['elf-setuid'],
    remedy: 'chmod u-s,g-s and setcap -r, or name the file under files in the policy, with a reason.',
  },
  async ({ image, policy: { files } }) => {
    const { setuid, capabilities } = files
    return judgeInventory({
      things: 'files that raise privileges',
      vantage: 'at-rest',
      collected: privilegedFiles(await image()),
      expected: new Map(Object.keys({ ...setuid, ...capabilities }).map((path) => [path, ''])),
      list: 'the policy',
      standard: (path, detail) => {
        const mayBe = [
          ...(/set[ug]id/.test(detail) ? [setuid] : []),
          ...(/CAP_|capabilities/.test(detail) ? [capabilities] : []),
        ]
        return mayBe.every((declared) => Object.hasOwn(declared, path))
          ? undefined
          : 'no privilege of its own, or a reason under files in the policy'
      },
      standardSuffices: true,
    })
  },
)
