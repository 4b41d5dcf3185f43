import { describe, expect, it } from 'vitest'
import type { Place, Probe } from '../../guest/probe.ts'
import { parseMounts } from '../mounts.ts'
import { fakeProcess } from '../testing/fake-process.ts'
import { imageOf } from '../testing/image-of.ts'
import { inRanges } from './device-ranges.ts'
import { describeDevice, deviceNodes } from './devices.ts'
import { listeners, parseListeners } from './listeners.ts'
import { describeMountFlags, loadedModules, processes } from './running-system.ts'
import { socketFamilies } from './socket-families.ts'

const tcp = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 517 1 0000000000000000 100 0 0 10 5
   1: 0F02000A:0016 0202000A:D2B8 01 00000000:00000000 00:00000000 00000000     0        0 600 1 0000000000000000 100 0 0 10 5
`
const udp6 = `  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
   7: 000080FE00000000FF00545200000000:0222 00000000000000000000000000000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 700 2 0000000000000000 0
`
const unix = `Num       RefCount Protocol Flags    Type St Inode Path
0000000000000000: 00000002 00000000 00010000 0001 01   316 /run/containerd/s/${'2f9a'.repeat(16)}
0000000000000000: 00000002 00000000 00010000 0001 01   317 @abstract one
0000000000000000: 00000003 00000000 00000000 0001 03   336 /run/connected
`

/** A probe that knows some files of the host. */
const probeWith = (files: Record<string, string>, more: Partial<Probe> = {}): Probe =>
  ({
    host: {
      readMany: async (paths: readonly string[]) =>
        new Map(paths.map((path) => [path, files[path] === undefined ? 'ENOENT' : Buffer.from(files[path])])),
    },
    ...more,
  }) as unknown as Probe

describe('listeners', () => {
  it('should tell sockets that listen from connections, of each kind of address', () => {
    expect(parseListeners('tcp', tcp)).toEqual([{ name: 'tcp 0.0.0.0:22', inode: 517 }])
    expect(parseListeners('udp6', udp6)).toEqual([{ name: 'udp6 [fe80:0:0:0:5254:ff:0:0]:546', inode: 700 }])
    expect(parseListeners('raw', tcp).map(({ name }) => name)).toEqual(['raw 0.0.0.0 protocol 22'])
    expect(parseListeners('unix', unix)).toEqual([
      { name: 'unix /run/containerd/s/*', inode: 316 },
      { name: 'unix @abstract one', inode: 317 },
    ])
  })

  it('should look into every network namespace once, and say whose the sockets are', async () => {
    const probe = probeWith(
      { '/proc/1/net/tcp': tcp, '/proc/9/net/tcp': tcp, '/proc/9/net/unix': unix },
      {
        processes: async () => [
          fakeProcess({ pid: 1, exe: '/init' }),
          fakeProcess({ pid: 5, exe: '/sshd' }),
          fakeProcess({ pid: 9, exe: '/web', container: 'web', namespaces: { net: 2 } }),
        ],
        socketOwners: async () => [{ pid: 5, inode: 517 }],
      },
    )
    const { entries, looked } = await listeners(probe)
    expect(Object.fromEntries(entries)).toEqual({
      'tcp 0.0.0.0:22': '/sshd',
      'web:tcp 0.0.0.0:22': '/sshd',
      'web:unix /run/containerd/s/*': 'the kernel',
      'web:unix @abstract one': 'the kernel',
    })
    expect(looked).toBe(3)
  })
})

describe('device nodes', () => {
  it.each([
    ['0666 0:0 character-device 259', 'character 1:3, 0666 0:0'],
    ['0600 0:0 block-device 1792', 'block 7:0, 0600 0:0'],
    ['0600 0:6 character-device 2816', 'character 11:0, 0600 0:6'],
    [`0600 0:0 character-device ${(237 << 8) | 1}`, 'character a number of its own, 0600 0:0'],
    ['0755 0:0 directory', undefined],
    ['0644 0:0 file abcd', undefined],
  ])('should describe %s', (line, expected) => {
    expect(describeDevice(line)).toBe(expected)
  })

  it('should put rows into ranges, and nothing else', () => {
    const tty = (number: number, mode = '0600'): [string, string] => [
      `/dev/tty${number}`,
      `character 4:${number}, ${mode} 0:0`,
    ]
    expect(
      inRanges([
        tty(0),
        tty(1),
        tty(2),
        tty(3, '0666'),
        tty(5),
        tty(6),
        ['/dev/null', 'character 1:3, 0666 0:0'],
      ]),
    ).toEqual([
      ['/dev/null', 'character 1:3, 0666 0:0'],
      ['/dev/tty0..2', 'character 4:0..2, 0600 0:0'],
      ['/dev/tty5', 'character 4:5, 0600 0:0'],
      ['/dev/tty6', 'character 4:6, 0600 0:0'],
      ['/dev/tty3', 'character 4:3, 0666 0:0'],
    ])
  })

  it("should list a container's nodes, or say that it has all of the host's", async () => {
    const host = { '/dev': '0755 0:0 directory', '/dev/null': '0666 0:0 character-device 259' }
    const below: Record<string, Record<string, string>> = {
      '/dev': host,
      '/proc/7/root/dev': {
        '/proc/7/root/dev/null': '0666 0:0 character-device 259',
        '/proc/7/root/dev/pts/0': '0600 0:5 character-device 34816',
        '/proc/7/root/dev/mem': '0600 0:0 character-device 257',
      },
      '/proc/8/root/dev': { '/proc/8/root/dev/zero': '0666 0:0 character-device 261' },
    }
    const probe = {
      host: {
        hashTree: async ([path]: readonly string[]) => new Map(Object.entries(below[path ?? ''] ?? {})),
      },
      containers: async () => [
        { id: 'sshd', pid: 7 },
        { id: 'web', pid: 8 },
      ],
    } as unknown as Probe
    const image = imageOf({
      '/dev/console': { type: 'character-device', mode: 0o600, device: { major: 5, minor: 1 } },
    })
    expect(Object.fromEntries((await deviceNodes(probe, image)).entries)).toEqual({
      '/dev/null': 'character 1:3, 0666 0:0',
      'at rest:/dev/console': 'character-device 5:1, 0600 0:0',
      'sshd:/dev': 'all that the host has',
      'sshd:/dev/mem': 'character 1:1, 0600 0:0',
      'web:/dev/zero': 'character 1:5, 0666 0:0',
    })
  })
})

describe('what runs', () => {
  it('should list modules by name, and none where the kernel can have none', async () => {
    const text = 'isofs 57344 0 - Live 0x0\ncdrom 81920 1 isofs, Live 0x0\n'
    expect([...(await loadedModules(probeWith({ '/proc/modules': text }))).entries.keys()]).toEqual([
      'cdrom',
      'isofs',
    ])
    expect(await loadedModules(probeWith({}))).toMatchObject({ entries: new Map(), looked: 1 })
  })

  it('should list each program of each user once, without the kernel', async () => {
    const probe = probeWith(
      {},
      {
        processes: async () => [
          fakeProcess({ pid: 2, comm: 'kthreadd', exe: undefined, kernelThread: true }),
          fakeProcess({ pid: 5 }),
          fakeProcess({ pid: 6 }),
          fakeProcess({ pid: 7, uid: 1000, container: 'web' }),
        ],
      },
    )
    expect([...(await processes(probe)).entries.keys()]).toEqual([
      '/usr/bin/daemon as 0',
      'web:/usr/bin/daemon as 1000',
    ])
  })

  it('should tell the flags of a mount, and what part of a file system it shows', () => {
    const [root, bind] = parseMounts(
      '23 1 7:0 / / ro,nosuid,nodev,relatime - squashfs /dev/loop0 ro\n24 23 0:20 /sys /proc/sys rw,nosuid,nodev,noexec - proc proc ro\n',
    )
    expect([root, bind].map((mount) => mount && describeMountFlags(mount))).toEqual([
      'squashfs ro,nosuid,nodev',
      'proc ro,nosuid,nodev,noexec of /sys',
    ])
  })

  it('should take a family for offered that answers with anything of its own', async () => {
    const answers: Record<number, unknown> = {
      1: { outcome: 'allowed', detail: '' },
      2: { outcome: 'refused', errno: 'EPERM', call: 'socket' },
      15: { outcome: 'impossible', reason: 'socket answered EPROTONOSUPPORT' },
      47: { outcome: 'impossible', reason: 'no answer' },
    }
    const host = {
      try: async (_: string, { family }: { family: number }) =>
        answers[family] ?? { outcome: 'refused', errno: 'EAFNOSUPPORT', call: 'socket' },
    } as unknown as Place
    const { entries, unread } = await socketFamilies(host)
    expect([...entries.keys()]).toEqual(['AF_INET', 'AF_KEY', 'AF_UNIX'])
    expect(unread).toEqual([{ subject: 'family 47', reason: 'no answer' }])
  })
})
