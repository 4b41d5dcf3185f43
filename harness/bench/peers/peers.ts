import { stringify } from 'yaml'
import { type Peer, type PeerJob, scripts, shellQuote, workFolder } from './peer.ts'
import type { PeerTree } from './tree.ts'

/** virtme-ng asks binutils which release a kernel is, without depending on it. */
const stable: PeerTree = {
  suite: 'trixie',
  packages: ['autopkgtest', 'binutils', 'expect', 'os-autoinst', 'virtme-ng'],
}
/** labgrid left Debian after this one. */
const oldStable: PeerTree = { suite: 'bookworm', packages: ['labgrid'] }

const machineWords = ({ qemu, spec }: PeerJob): readonly string[] => [
  ...['-machine', qemu.machine, '-accel', qemu.accelerator, '-cpu', qemu.cpu],
  ...['-smp', `${spec.cpus}`, '-m', `${spec.memoryMiB}M`],
]
const bootWords = ({ qemu, spec }: PeerJob): readonly string[] => [
  ...['-kernel', qemu.kernel, '-initrd', qemu.initrd, '-append', spec.cmdline],
]

const expectScript: Peer = {
  name: 'expect script',
  tree: stable,
  how: '30 lines of expect and nothing else: no log, no watch, no deadline of its own',
  files: () => ({}),
  command: (job) => [
    ...['expect', `${scripts}/expect/boot.exp`, `${job.times}`, job.login.user, job.login.password],
    ...[job.command, job.qemu.binary, '-nodefaults', '-display', 'none', '-serial', 'stdio'],
    ...machineWords(job),
    ...bootWords(job),
    ...job.qemu.devices,
  ],
}

const labgrid: Peer = {
  name: 'labgrid',
  tree: oldStable,
  how: 'QEMUDriver and ShellDriver; pristine state is a new boot',
  files: (job) => ({
    'env.yaml': stringify({
      targets: {
        main: {
          drivers: {
            QEMUDriver: {
              qemu_bin: 'qemu',
              machine: job.qemu.machine,
              cpu: job.qemu.cpu,
              memory: `${job.spec.memoryMiB}M`,
              kernel: 'kernel',
              boot_args: job.spec.cmdline,
              extra_args: [
                ...['-nodefaults', '-accel', job.qemu.accelerator, '-smp', `${job.spec.cpus}`],
                ...['-initrd', job.qemu.initrd],
                ...job.qemu.devices,
              ].join(' '),
            },
            ShellDriver: {
              prompt: 'drydock:\\S*# ',
              login_prompt: 'login: ',
              username: job.login.user,
              password: job.login.password,
              login_timeout: 600,
            },
          },
        },
      },
      images: { kernel: job.qemu.kernel },
      tools: { qemu: `/usr/local/bin/${job.qemu.binary}` },
    }),
  }),
  command: ({ times, command }) => ['python3', `${scripts}/labgrid/drive.py`, `${times}`, command],
}

const autopkgtest: Peer = {
  name: 'autopkgtest-virt-qemu',
  tree: stable,
  how: 'kernel and initrd by a wrapper around QEMU, since it boots disks; an empty disk; pristine state is its revert, a new boot',
  files: (job) => ({
    'empty.img': '\0'.repeat(1024 * 1024),
    // It turns KVM on wherever the device exists, and takes no options with blanks.
    qemu: [
      '#!/bin/sh',
      'for word; do shift; [ "$word" = -enable-kvm ] || set -- "$@" "$word"; done',
      `exec ${job.qemu.binary} "$@" -accel ${job.qemu.accelerator} ${bootWords(job).map(shellQuote).join(' ')}`,
      '',
    ].join('\n'),
  }),
  command: (job) => [
    ...['python3', `${scripts}/autopkgtest/drive.py`, `${job.times}`, job.command],
    ...['autopkgtest-virt-qemu', '--user', job.login.user, '--password', job.login.password],
    ...['--qemu-architecture', job.architecture === 'arm64' ? 'aarch64' : 'x86_64'],
    ...['--cpus', `${job.spec.cpus}`, '--ram-size', `${job.spec.memoryMiB}`, '--timeout-reboot', '600'],
    ...['--boot', 'none', '--qemu-command', `${workFolder}/qemu`],
    `--qemu-options=-machine ${job.qemu.machine} -cpu ${job.qemu.cpu}`,
    `${workFolder}/empty.img`,
  ],
}

const osAutoinst: Peer = {
  name: 'os-autoinst',
  tree: stable,
  how: 'a wrapper around QEMU puts its serial terminal on the serial line, since it types on a virtio console or a screen; pristine state is its snapshot',
  files: (job) => ({
    'vars.json': JSON.stringify({
      ...{ BACKEND: 'qemu', ARCH: job.architecture === 'arm64' ? 'aarch64' : 'x86_64' },
      ...{ CASEDIR: `${scripts}/os-autoinst`, PRODUCTDIR: `${scripts}/os-autoinst` },
      ...{ NEEDLES_DIR: workFolder, DISTRI: 'drydock', VERSION: '1', WORKER_ID: 1, WORKER_INSTANCE: 1 },
      ...{ VNC: 91, QEMUPORT: 20012, NUMDISKS: 0, NOVIDEO: 1, QEMU_NO_KVM: 1 },
      ...{ QEMUMACHINE: job.qemu.machine, QEMUCPU: job.qemu.cpu, QEMUCPUS: job.spec.cpus },
      ...{ QEMURAM: job.spec.memoryMiB, KERNEL: job.qemu.kernel, INITRD: job.qemu.initrd },
      ...{ APPEND: job.spec.cmdline, TIMES: job.times, ANSWERS: `${workFolder}/answers` },
      ...{ GUEST_USER: job.login.user, GUEST_PASSWORD: job.login.password, GUEST_COMMAND: job.command },
    }),
    qemu: `#!/bin/sh\nexec sh ${scripts}/os-autoinst/qemu.sh ${job.qemu.binary} ${job.qemu.accelerator} "$@"\n`,
  }),
  command: () => [...['env', `QEMU=${workFolder}/qemu`, 'sh', `${scripts}/os-autoinst/run.sh`, workFolder]],
}

const virtmeNg: Peer = {
  name: 'virtme-ng',
  tree: stable,
  how: "the image's kernel with its initrd as an option of QEMU's; virtme-ng has no other way to take an initrd",
  files: () => ({}),
  command: (job) => [
    ...['sh', `${scripts}/virtme-ng/run.sh`, job.command, '--run', job.qemu.kernel],
    ...(job.qemu.accelerator === 'kvm' ? [] : ['--disable-kvm']),
    // It refuses another architecture than the host's where it is given no root for it.
    ...(job.architecture === 'arm64' ? ['--arch', 'arm64', '--root', '/'] : []),
    ...['--cpus', `${job.spec.cpus}`, '--memory', `${job.spec.memoryMiB}M`],
    ...['--qemu', `/usr/local/bin/${job.qemu.binary}`, `--qemu-opts=-initrd ${job.qemu.initrd}`],
  ],
}

/** What a user would pick instead. */
export const peers: readonly Peer[] = [expectScript, labgrid, autopkgtest, osAutoinst, virtmeNg]

/** What judges kernel configurations. */
export const kernelCheckerTree: PeerTree = { suite: 'forky', packages: ['kernel-hardening-checker'] }
/** What judges ELF files. */
export const elfCheckersTree: PeerTree = {
  suite: 'bookworm',
  packages: ['checksec', 'devscripts', 'pax-utils'],
}

/** The Debians that they are installed in. */
export const peerTrees: readonly PeerTree[] = [
  ...new Set([...peers.map(({ tree }) => tree), kernelCheckerTree, elfCheckersTree]),
]
