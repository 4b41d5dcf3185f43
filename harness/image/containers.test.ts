import { describe, expect, it } from 'vitest'
import { listContainers } from './containers.ts'
import { MemoryTree, type NewEntry } from './memory-tree.ts'

const owner = { mode: 0o755, uid: 0, gid: 0 }
const directory: NewEntry = { ...owner, type: 'directory' }
const file = (content: string): NewEntry => ({ ...owner, type: 'file', content: Buffer.from(content) })

const config = {
  ociVersion: '1.0.2',
  process: {
    args: ['/usr/bin/web', '-v'],
    user: { uid: 1000, gid: 1001 },
    capabilities: { bounding: ['CAP_NET_BIND_SERVICE'], effective: [] },
    noNewPrivileges: true,
    apparmorProfile: 'web',
  },
  root: { path: 'rootfs', readonly: true },
  linux: {
    namespaces: [{ type: 'mount' }, { type: 'network', path: '/proc/1/ns/net' }, { type: 'pid' }],
    seccomp: { defaultAction: 'SCMP_ACT_ERRNO' },
  },
}

describe('listContainers', () => {
  it('should find the bundles of LinuxKit, with what they declare', async () => {
    const tree = new MemoryTree()
    tree.put('/containers/services/web/config.json', file(JSON.stringify(config)))
    tree.put('/containers/services/web/rootfs/bin', directory)
    tree.put('/containers/onboot/003-format/config.json', file('{}'))
    tree.put('/containers/onboot/003-format/lower', directory)
    tree.put('/containers/services/notes', file('no bundle'))
    tree.put('/containers/other/x/config.json', file('{}'))
    expect(await listContainers(tree)).toEqual([
      {
        kind: 'onboot',
        name: 'format',
        path: '/containers/onboot/003-format',
        root: '/containers/onboot/003-format/lower',
        problem: undefined,
        config: {
          command: [],
          uid: 0,
          gid: 0,
          capabilities: [],
          noNewPrivileges: false,
          seccomp: false,
          label: undefined,
          namespaces: [],
          readOnlyRoot: false,
        },
      },
      {
        kind: 'services',
        name: 'web',
        path: '/containers/services/web',
        root: '/containers/services/web/rootfs',
        problem: undefined,
        config: {
          command: ['/usr/bin/web', '-v'],
          uid: 1000,
          gid: 1001,
          capabilities: ['CAP_NET_BIND_SERVICE'],
          noNewPrivileges: true,
          seccomp: true,
          label: 'web',
          namespaces: ['mount', 'pid'],
          readOnlyRoot: true,
        },
      },
    ])
  })

  it.each([
    ['no configuration', undefined, 'no /containers/services/a/config.json'],
    ['text', 'not JSON', /^\/containers\/services\/a\/config\.json: .*JSON/],
    ['another shape', '{"process":{"user":"root"}}', /expected object/],
  ])('should show a bundle with %s', async (_, content, problem) => {
    const tree = new MemoryTree()
    tree.put('/containers/services/a', directory)
    if (content !== undefined) tree.put('/containers/services/a/config.json', file(content))
    const [found] = await listContainers(tree)
    expect(found).toMatchObject({ name: 'a', root: undefined, config: undefined })
    expect(found?.problem).toMatch(problem)
  })

  it('should find none elsewhere', async () => {
    expect(await listContainers(new MemoryTree())).toEqual([])
  })
})
