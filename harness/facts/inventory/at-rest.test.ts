import { describe, expect, it } from 'vitest'
import { imageOf } from '../testing/image-of.ts'
import { moduleFiles, privilegedFiles, worldWritable } from './files.ts'
import { identityAtRest } from './identity.ts'
import { compilers, interpreters, packageManagersAtRest, programsNamed } from './named-programs.ts'
import { programsAtRest } from './programs.ts'
import { parseUsers, passwordState, usersAtRest } from './users.ts'

const runnable = (text: string) => ({ content: Buffer.from(text), mode: 0o755 })
const plain = (entries: ReadonlyMap<string, string>) => Object.fromEntries(entries)

describe('inventories at rest', () => {
  it('should list scripts, and links to them as their root resolves them', async () => {
    const rootfs = '/containers/services/web/rootfs'
    const image = imageOf({
      '/usr/bin/start': runnable('#!/bin/sh -eu\n'),
      '/usr/bin/also': '-> start',
      '/usr/bin/elsewhere': '-> /nowhere',
      [`${rootfs}/usr/bin/start`]: runnable('#!/bin/sh\n'),
      [`${rootfs}/usr/bin/absolute`]: '-> /usr/bin/start',
      '/etc/data': '#!/bin/sh\n',
    })
    const { entries, looked } = await programsAtRest(image)
    expect(plain(entries)).toEqual({
      [`${rootfs}/usr/bin/absolute`]: 'link to /usr/bin/start',
      [`${rootfs}/usr/bin/start`]: 'script of /bin/sh',
      '/usr/bin/also': 'link to start',
      '/usr/bin/start': 'script of /bin/sh',
    })
    expect(looked).toBeGreaterThan(6)
  })

  it.each([
    ['/usr/bin/python3.13', 'Python'],
    ['/bin/dash', 'shell'],
    ['/usr/bin/busybox', 'multi-call program with a shell'],
    ['/usr/bin/mawk', 'awk'],
  ])('should know %s for an interpreter', (path, what) => {
    expect(plain(programsNamed(imageOf({ [path]: runnable('x') }), interpreters).entries)).toEqual({
      [path]: what,
    })
  })

  it.each([
    ['/usr/bin/x86_64-linux-gnu-gcc-14', 'C compiler'],
    ['/usr/lib/gcc/x86_64-linux-gnu/14/cc1plus', 'compiler of GCC'],
    ['/usr/bin/ld.bfd', 'assembler or linker'],
    ['/usr/bin/strace', 'debugger or tracer'],
  ])('should know %s for a compiler or the like', (path, what) => {
    expect(plain(programsNamed(imageOf({ [path]: runnable('x') }), compilers).entries)).toEqual({
      [path]: what,
    })
  })

  it('should take neither data nor like names for programs', () => {
    const image = imageOf({
      '/usr/share/gcc': 'data',
      '/usr/bin/goose': runnable('x'),
      '/usr/bin/washer': runnable('x'),
    })
    expect(programsNamed(image, [...compilers, ...interpreters]).entries.size).toBe(0)
  })

  it('should find package managers by name, by database, and inside of BusyBox, in containers too', async () => {
    const rootfs = '/containers/services/web/rootfs'
    const image = imageOf({
      '/sbin/apk': runnable('x'),
      [`${rootfs}/var/lib/dpkg/status`]: 'Package: x\n',
      '/bin/busybox': runnable('BusyBox v1.37\0\0df\0dpkg\0du\0rpm\0'),
      '/bin/busybox.none': runnable('BusyBox v1.37\0\0df\0du\0'),
    })
    expect(plain((await packageManagersAtRest(image)).entries)).toEqual({
      '/bin/busybox': 'package managers built in: dpkg, rpm',
      [`${rootfs}/var/lib/dpkg`]: 'database of a package manager (Debian)',
      [`${rootfs}/var/lib/dpkg/status`]: 'database of a package manager (Debian)',
      '/sbin/apk': 'package manager (Alpine)',
    })
  })

  it('should list what raises privileges, and what anybody may write', () => {
    const image = imageOf({
      '/bin/su': { content: Buffer.from('x'), mode: 0o4755 },
      '/bin/ping': {
        content: Buffer.from('x'),
        mode: 0o755,
        xattrs: new Map([
          [
            'security.capability',
            Buffer.from('010000020020000000000000000000000000000000', 'hex').subarray(0, 20),
          ],
        ]),
      },
      '/srv/open': { content: Buffer.from('x'), mode: 0o666 },
      '/tmp': { type: 'directory', mode: 0o1777 },
      '/link': '-> /srv/open',
    })
    expect(plain(privilegedFiles(image).entries)).toEqual({
      '/bin/ping': 'CAP_NET_RAW (0755 0:0)',
      '/bin/su': 'setuid (4755 0:0)',
    })
    expect(plain(worldWritable(image).entries)).toEqual({
      '/srv/open': 'file 0666 0:0',
      '/tmp': 'directory 1777 0:0',
    })
  })

  it('should leave the release out of the names of modules, so that a new kernel changes only what it changes', () => {
    const image = imageOf({ '/lib/modules/6.12.0-test/kernel/net/vsock.ko.xz': 'x', '/etc/x.kobold': 'x' })
    expect([...moduleFiles(image).entries.keys()]).toEqual(['/lib/modules/RELEASE/kernel/net/vsock.ko.xz'])
  })

  it('should take an empty machine-id for none', async () => {
    const found = async (content: string) => [
      ...(await identityAtRest(imageOf({ '/etc/machine-id': content }))).entries.keys(),
    ]
    expect(await found('')).toEqual([])
    expect(await found('uninitialized\n')).toEqual([])
    expect(await found(`${'0123456789abcdef'.repeat(2)}\n`)).toEqual(['/etc/machine-id'])
  })

  it('should find host keys and seeds, in containers too', async () => {
    const image = imageOf({
      '/containers/services/sshd/rootfs/etc/ssh/ssh_host_rsa_key': 'x',
      '/var/lib/systemd/random-seed': 'x',
      '/etc/ssh/ssh_config': 'x',
    })
    expect([...(await identityAtRest(image)).entries.values()]).toEqual([
      'host key of sshd',
      'seed of the random number generator',
    ])
  })
})

describe('users', () => {
  it.each([
    ['', 'EMPTY password'],
    ['*', 'no password'],
    ['!', 'no password'],
    ['!$6$salt$hash', 'no password'],
    ['x', 'no password'],
    ['$6$salt$hash', 'password (SHA-512)'],
    ['$y$j9T$salt$hash', 'password (yescrypt)'],
    ['$9$new', 'password (of an unknown method)'],
    ['abJnggxhB/yWI', 'password (DES)'],
  ])('should read the field "%s" as %s', (field, state) => {
    expect(passwordState(field)).toBe(state)
  })

  it('should look into shadow for those that passwd sends there, and find those that only shadow has', () => {
    const users = parseUsers(
      'root:x:0:0::/:/bin/sh\nno:x:1:1::/:\nbad line\n',
      'root:$6$a$b:1::::::\nghost::1::::::\n',
    )
    expect(plain(users)).toEqual({
      root: 'uid 0, shell /bin/sh, password (SHA-512)',
      no: 'uid 1, shell /bin/sh, no password',
      ghost: 'only in shadow, EMPTY password',
    })
  })

  it('should read the users of every root, and of nothing else', async () => {
    const image = imageOf({
      '/etc/passwd': 'root:*:0:0::/:/nologin\n',
      '/containers/services/web/rootfs/etc/passwd': 'web::1000:1000::/:/bin/sh\n',
      '/usr/share/base-passwd/etc/passwd': 'sample::1:1::/:\n',
    })
    expect(plain((await usersAtRest(image)).entries)).toEqual({
      '/containers/services/web/rootfs/etc/passwd:web': 'uid 1000, shell /bin/sh, EMPTY password',
      '/etc/passwd:root': 'uid 0, shell /nologin, no password',
    })
  })
})
