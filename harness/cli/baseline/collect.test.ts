import { describe, expect, it } from 'vitest'
import { fakeProcess } from '../../facts/testing/fake-process.ts'
import { imageOf } from '../../facts/testing/image-of.ts'
import { forbiddenIds, inventoryIds } from '../../rules/inventory/inventory-ids.ts'
import type { Lab } from '../../vitest/lab.ts'
import { collectBaseline } from './collect.ts'

const image = imageOf({
  '/etc/passwd': 'root::0:0::/:/bin/sh\n',
  '/usr/bin/gcc': { content: Buffer.from('#!/bin/sh\n'), mode: 0o755 },
})

const host = {
  try: async () => ({ outcome: 'refused', errno: 'EAFNOSUPPORT', call: 'socket' }),
  read: async () => Buffer.from('23 1 7:0 / / ro - squashfs /dev/loop0 ro\n'),
  readMany: async (paths: readonly string[]) => new Map(paths.map((path) => [path, 'ENOENT'])),
  hashTree: async () => new Map([['/dev/null', '0666 0:0 character-device 259']]),
}

const probe = {
  host,
  containers: async () => [],
  processes: async () => [fakeProcess({ pid: 1, exe: '/sbin/init' })],
  socketOwners: async () => [],
}

const asked: string[] = []
const lab = {
  spec: { architecture: 'x86_64' },
  contextFor: ({ id, guest }: { id: string; guest: string }) => {
    asked.push(`${id} ${guest}`)
    return { image: async () => image, probe: async () => probe, [Symbol.asyncDispose]: async () => {} }
  },
} as unknown as Lab

describe('collectBaseline', () => {
  it('should collect every kind in a guest that suits it, and say what no list can make good', async () => {
    const { entries, problems } = await collectBaseline(lab, () => {})
    expect([...entries.keys()].sort()).toEqual([...inventoryIds].sort())
    expect(asked).toHaveLength(inventoryIds.length + forbiddenIds.length)
    expect(asked).toContain('base.socket-families pristine')
    expect(entries.get('processes')).toEqual(new Map([['/sbin/init as 0', '']]))
    expect(problems).toEqual([
      'base.users fails whatever is listed: /etc/passwd:root: uid 0, shell /bin/sh, EMPTY password (expected: nobody can log in with a password)',
      'base.compilers fails whatever is listed: /usr/bin/gcc: C compiler (expected: no compiler, linker or debugger)',
    ])
  })
})
