import type { ProcessInfo } from '../../guest/probe.ts'

const none = { effective: 0n, permitted: 0n, inheritable: 0n, bounding: 0n, ambient: 0n }

/** A process on the host without any right. */
export const fakeProcess = (given: Partial<ProcessInfo> & Pick<ProcessInfo, 'pid'>): ProcessInfo => ({
  ppid: 1,
  comm: 'daemon',
  exe: '/usr/bin/daemon',
  arguments: [],
  uid: 0,
  gid: 0,
  capabilities: none,
  seccomp: 0,
  noNewPrivileges: false,
  namespaces: { mnt: 1, net: 1, pid: 1 },
  cgroup: '/',
  root: '/',
  kernelThread: false,
  label: undefined,
  container: undefined,
  ...given,
})
