import type { Description } from '../builder/description.ts'
import { type Twin, withModules, withWeb } from './twin.ts'

const withSharedRun = (description: Description): Description => ({
  ...description,
  mounts: description.mounts.map((mount) =>
    mount.target === '/run' ? { ...mount, options: [...mount.options, 'shared'] } : mount,
  ),
})

/** Flaws of the service `web`. */
export const containerTwins = {
  'container-writable-rootfs': {
    flaw: "web's root file system is a writable overlay",
    boots: true,
    // A file that no process runs, for writes that would be refused for that reason alone.
    describe: (description) =>
      withModules('overlay')(withWeb({ readonly: false, files: { '/etc/motd': 'hello\n' } })(description)),
  },
  'unconfined-container': {
    flaw: "web has the spec that LinuxKit's defaults give with all capabilities, the host's processes and /run, a directory of the host that its runtime has left it, and a secret in its environment",
    boots: true,
    describe: (description) =>
      withSharedRun(
        withWeb({
          uid: 0,
          capabilities: 'all',
          privileged: true,
          shares: ['pid', 'network', 'ipc', 'uts', 'cgroup'],
          memory: null,
          pids: null,
          cpu: null,
          programs: { web: '/usr/bin/web', 'twin-outsider': '/usr/bin/twin-outsider' },
          command: ['/usr/bin/twin-outsider', '/usr/bin/web'],
          environment: ['DRYDOCK_API_TOKEN=not-a-real-one'],
          tmpfs: [{ target: '/tmp', options: ['mode=1777', 'size=4m'] }],
          propagation: 'shared',
          binds: [{ source: '/run', target: '/run', options: ['rbind', 'rshared', 'rw'] }],
        })(description),
      ),
  },
  'capable-container': {
    flaw: 'web runs as root with the capabilities that lead to the host, otherwise confined',
    boots: true,
    describe: withWeb({
      uid: 0,
      capabilities: [
        'CAP_SYS_ADMIN',
        'CAP_SYS_MODULE',
        'CAP_SYS_PTRACE',
        'CAP_SYS_RAWIO',
        'CAP_SYS_TIME',
        'CAP_SYS_CHROOT',
        'CAP_SYS_BOOT',
        'CAP_SYSLOG',
        'CAP_DAC_OVERRIDE',
        'CAP_DAC_READ_SEARCH',
        'CAP_MKNOD',
        'CAP_NET_ADMIN',
        'CAP_NET_RAW',
      ],
    }),
  },
  'host-pid-container': {
    flaw: "web shares the host's pid namespace",
    boots: true,
    describe: withWeb({ shares: ['pid'] }),
  },
  'unlimited-container': {
    flaw: 'web may use all memory, start any number of processes, open, make and fill any number of files',
    boots: true,
    describe: withWeb({
      memory: null,
      pids: null,
      openFiles: null,
      tmpfs: [{ target: '/tmp', options: ['nosuid', 'nodev', 'noexec', 'mode=1777'] }],
    }),
  },
  'misled-runtime': {
    flaw: 'the runtime that is found first takes links in the root of a container for what they stand for, and masks nothing then',
    boots: true,
    describe: (description) => ({
      ...description,
      init: {
        ...description.init,
        programs: { ...description.init.programs, 'twin-runtime': '/usr/local/sbin/runc' },
      },
    }),
  },
} satisfies Record<string, Twin>
