import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseYaml } from '../../common/yaml-file.ts'
import { loadPolicy } from '../policy-file.ts'
import { inventoryKinds } from './inventory-checks.ts'
import { inventoryFile, inventoryOf, readInventory } from './inventory-file.ts'
import { forbiddenIds, inventoryIds } from './inventory-ids.ts'
import { inventoryText } from './write-inventory.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'drydock-inventory-'))
})
afterAll(() => rm(folder, { recursive: true }))

const written = async (name: string, text: string): Promise<string> => {
  const path = join(folder, name)
  await writeFile(path, text)
  return path
}

const reread = (text: string) => inventoryOf('x.yml', parseYaml(text, 'x.yml', inventoryFile).value)

const list = fc.dictionary(
  fc.string({ minLength: 1, maxLength: 20 }).filter((name) => name !== '__proto__'),
  fc.string({ maxLength: 20 }),
)

describe('inventories', () => {
  it('should have one kind for each name that a file may use, and for each that none may', () => {
    expect(inventoryKinds.map(({ id }) => id).sort()).toEqual([...inventoryIds, ...forbiddenIds].sort())
  })

  it('should read back what was written, whatever the names are', () => {
    fc.assert(
      fc.property(list, list, (x86, arm) => {
        const found = {
          x86_64: new Map([['programs' as const, new Map(Object.entries(x86))]]),
          arm64: new Map([['programs' as const, new Map(Object.entries(arm))]]),
        }
        const inventory = reread(inventoryText(found, () => 'programs'))
        const sorted = (entries: Iterable<readonly [string, string]> | undefined) =>
          [...(entries ?? [])].sort()
        expect(sorted(inventory.entriesOf('programs', 'x86_64'))).toEqual(sorted(Object.entries(x86)))
        expect(sorted(inventory.entriesOf('programs', 'arm64'))).toEqual(sorted(Object.entries(arm)))
      }),
    )
  })

  it('should keep common entries together, and write those without a detail bare', () => {
    const text = inventoryText(
      {
        x86_64: new Map([
          [
            'loaded-modules',
            new Map([
              ['loop', ''],
              ['hpet', ''],
            ]),
          ],
        ]),
        arm64: new Map([['loaded-modules', new Map([['loop', '']])]]),
      },
      () => 'modules',
    )
    expect(text).toContain('\n# modules\nloaded-modules:\n  all:\n    loop:\n  x86_64:\n    hpet:\n')
    expect(text).not.toContain('arm64:')
  })

  it('should not call common what only one architecture was looked at for', () => {
    const text = inventoryText({ arm64: new Map([['users', new Map([['root', 'uid 0']])]]) }, () => 'users')
    expect(text).toContain('users:\n  arm64:\n    root: uid 0\n')
  })

  it('should tell a kind that is not listed from one of which nothing is expected', () => {
    const inventory = reread('world-writable:\n  all: {}\n')
    expect(inventory.entriesOf('world-writable', 'arm64')).toEqual(new Map())
    expect(inventory.entriesOf('devices', 'arm64')).toBeUndefined()
  })

  it('should refuse kinds that there are not, and a name that stands twice', async () => {
    const unknown = await written('unknown.yml', 'programs:\n  all: {}\nprogrammes:\n  all: {}\n')
    await expect(readInventory(unknown)).rejects.toThrow(/unknown\.yml:3: .*programmes/)
    const twice = await written('twice.yml', 'users:\n  all:\n    root: a\n  arm64:\n    root: b\n')
    await expect(readInventory(twice)).rejects.toThrow(
      /twice\.yml:5: expected a name that `all` does not have/,
    )
  })

  it('should be found from the policy that names it, and the mistake told there', async () => {
    await written('list.yml', 'users:\n  all:\n    root: uid 0\n')
    const good = await loadPolicy(await written('good.yml', 'inventory: list.yml\n'))
    expect(good.inventory?.entriesOf('users', 'x86_64')?.get('root')).toBe('uid 0')
    expect((await loadPolicy()).inventory).toBeUndefined()
    const bad = await written('bad.yml', 'extends: moby\ninventory: none.yml\n')
    await expect(loadPolicy(bad)).rejects.toThrow(/bad\.yml:2: expected an inventory file, found .*none\.yml/)
    expect((await loadPolicy(bad, { ignoreInventory: true })).inventory).toBeUndefined()
  })
})
