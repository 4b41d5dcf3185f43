import { describe, expect, it } from 'vitest'
import { RootTree } from './root-tree.ts'

const paths = (tree: RootTree): string[] => tree.nodes().map(([path]) => path)

describe('RootTree', () => {
  it('should make the folders above an entry', () => {
    const tree = new RootTree().file('/usr/bin/init', 'x', 0o755)
    expect(paths(tree)).toEqual(['/', '/usr', '/usr/bin', '/usr/bin/init'])
  })

  it('should put a tree below a folder of another', () => {
    const tree = new RootTree()
    new RootTree().link('/bin', 'usr/bin').copyInto(tree, '/containers/web/rootfs')
    expect(paths(tree)).toContain('/containers/web/rootfs/bin')
    expect(paths(tree)).not.toContain('/containers/web/rootfs/')
  })

  it('should give the same archive in whatever order entries came', async () => {
    const one = new RootTree().file('/a', '1').link('/b', 'a').directory('/c')
    const other = new RootTree().directory('/c').link('/b', 'a').file('/a', '1')
    expect((await one.toTar()).equals(await other.toTar())).toBe(true)
  })

  it('should keep the last of two entries with one path', () => {
    const tree = new RootTree().file('/etc/fstab', 'first').file('/etc/fstab', 'second')
    expect(String(tree.content('/etc/fstab'))).toBe('second')
  })
})
