import { describe, expect, it } from 'vitest'
import { rootFileSystems, rootImageOf } from './root-image.ts'
import { RootTree } from './root-tree.ts'

const tree = () =>
  new RootTree()
    .directory('/run')
    .file('/etc/hosts', '127.0.0.1 localhost\n')
    .file('/usr/bin/tool', Buffer.alloc(100_000, 'x'), 0o755)
    .link('/bin', 'usr/bin')

describe('rootImageOf', () => {
  it.each(rootFileSystems)('should give the same bytes for the same tree, as %s', async (kind) => {
    const [first, second] = [await rootImageOf(tree(), kind), await rootImageOf(tree(), kind)]
    expect(second.equals(first)).toBe(true)
    expect(first.equals(await rootImageOf(tree().remove('/etc/hosts'), kind))).toBe(false)
    // Compressed.
    expect(first.length).toBeLessThan(50_000)
  })
})
