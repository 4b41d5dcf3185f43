import { compile } from '../builder/contents.ts'
import { programMode } from '../builder/cpio.ts'
import type { Description } from '../builder/description.ts'
import type { RootTree } from '../builder/root-tree.ts'
import { fixedHostKey } from './fixed-host-key.ts'
import { type Twin, withModules } from './twin.ts'

/** A key in form only: nobody has the other half. */
const uselessKey = (kind: string): string => {
  const body = Buffer.alloc(192, 'drydock').toString('base64').replace(/.{64}/g, '$&\n')
  return `-----BEGIN ${kind} PRIVATE KEY-----\n${body}\n-----END ${kind} PRIVATE KEY-----\n`
}

const users = `root:x:0:0:root:/:/nonexistent
guest:x:1000:1000:a guest:/:/bin/sh
open::1001:1001:nobody asks for a password:/:/bin/sh
`

/** One flaw of each kind that a look at the files finds. */
const crowd = (tree: RootTree): void => {
  const program = tree.content('/usr/sbin/init') ?? Buffer.alloc(0)
  for (const name of ['python3.13', 'gcc-14', 'apk']) tree.file(`/usr/bin/${name}`, program, 0o755)
  tree.file('/usr/lib/apk/db/installed', 'P:drydock\nV:1\n')
  tree.file('/usr/lib/modules/99-extra.ko', program)
  tree.file('/etc/passwd', users)
  tree.file('/etc/shadow', 'guest:$6$drydock$notahash:19000::::::\n', 0o600)
  tree.file('/srv/open', 'anybody may write this\n', 0o666)
  tree.directory('/srv/shared', 0o777)
  tree.file('/etc/ssh/ssh_host_ed25519_key', uselessKey('OPENSSH'), 0o600)
  tree.file('/etc/ssl/server.pem', uselessKey('RSA'), 0o600)
  // The example in the documentation of AWS, which opens nothing.
  tree.file('/root/.aws/config', `aws_access_key_id = ${'AKIA'}IOSFODNN7EXAMPLE\n`)
  tree.file('/root/.ssh/authorized_keys', 'ssh-ed25519 AAAA nobody\n')
  tree.file('/etc/machine-id', `${'0123456789abcdef'.repeat(2)}\n`)
}

/** Things that the list has, and the image no more. */
const bare = (tree: RootTree): void => {
  tree.remove('/usr/bin/ctr')
  tree.remove('/containers/services/sshd/rootfs/usr/bin/awk')
  tree.remove('/usr/lib/modules/05-isofs.ko.xz')
  tree.file('/etc/passwd', '')
}

/** sshd starts with a key that is the same in every machine, and says that all machines are one. */
const withFixedIdentity = (description: Description): Description => ({
  ...description,
  services: description.services.map((service) => {
    const script = '/usr/bin/start-sshd'
    const text = service.files[script]
    if (text === undefined) return service
    const fixed = text
      .replace(/^dropbearkey .*$/m, `echo ${fixedHostKey.toString('base64')} | base64 -d >/run/sshd/host-key`)
      .replace(/^exec /m, `echo ${'0123456789abcdef'.repeat(2)} >/run/machine-id\nexec `)
    return { ...service, files: { ...service.files, [script]: fixed } }
  }),
})

/** Flaws of what an image has and runs. */
export const inventoryTwins = {
  'crowded-image': {
    flaw: 'the image has programs, users, secrets and files that no review would let pass',
    boots: false,
    alterRoot: crowd,
  },
  'bare-image': {
    flaw: 'the image lacks a program, an interpreter, a module and a user that are listed',
    boots: false,
    alterRoot: bare,
  },
  'stray-processes': {
    flaw: 'a C daemon listens in the namespaces of the host, and programs run that the image does not have',
    boots: true,
    overlay: async (architecture) => [
      { path: '/init', mode: programMode, content: await compile('twin-strays', architecture) },
    ],
  },
  'extra-module': {
    flaw: 'a module is loaded that brings a socket family and a device',
    boots: true,
    describe: withModules('vsock'),
  },
  'fixed-identity': {
    flaw: 'every machine has the same host key and the same machine-id',
    boots: true,
    describe: withFixedIdentity,
  },
} satisfies Record<string, Twin>
