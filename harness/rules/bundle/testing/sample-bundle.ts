import { readOciSpec } from '../../../image/oci-spec.ts'
import { maskedDirectories, maskedFiles } from '../../container-expectations.ts'
import type { Policy } from '../../policy.ts'
import { loadPolicy } from '../../policy-file.ts'
import { dockerDefault } from '../docker-default.ts'
import { judgeBundle } from '../judge-bundle.ts'

export const moby = await loadPolicy()
export const today = '2026-07-01'

export type Json = Record<string, unknown>

export const hardenedMounts = [
  { destination: '/proc', type: 'proc', source: 'proc', options: ['nosuid', 'nodev', 'noexec'] },
  { destination: '/sys', type: 'sysfs', source: 'sysfs', options: ['nosuid', 'nodev', 'noexec', 'ro'] },
]
export const namespaces = ['cgroup', 'ipc', 'mount', 'network', 'pid', 'uts'].map((type) => ({ type }))
export const linux: Json = {
  namespaces,
  resources: {
    devices: [{ allow: false, access: 'rwm' }],
    memory: { limit: 64 << 20 },
    pids: { limit: 32 },
    cpu: { quota: 50_000, period: 100_000 },
  },
  seccomp: { ...dockerDefault([]), architectures: ['SCMP_ARCH_X86_64'] },
  maskedPaths: [...maskedFiles, ...maskedDirectories],
  readonlyPaths: ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'],
}
const process: Json = {
  user: { uid: 1000, gid: 1000 },
  cwd: '/',
  noNewPrivileges: true,
  apparmorProfile: 'web',
}

/** A container that breaks nothing, with some parts replaced. */
export const changed = (
  change: { linux?: Json; process?: Json; root?: Json; mounts?: readonly Json[] } = {},
) => ({
  ociVersion: '1.2.0',
  process: { ...process, ...change.process },
  root: { path: 'rootfs', readonly: true, ...change.root },
  mounts: [...hardenedMounts, ...(change.mounts ?? [])],
  linux: { ...linux, ...change.linux },
})

export const judged = (spec: unknown, policy: Policy = moby) =>
  judgeBundle(
    { name: 'web', spec: readOciSpec(Buffer.from(JSON.stringify(spec)), 'config.json'), runtime: undefined },
    policy,
    today,
  )

/** What breaks the policy: `ID WHAT`. */
export const failures = (spec: unknown, policy?: Policy): readonly string[] =>
  judged(spec, policy).results.flatMap(({ id, verdict, evidence }) =>
    verdict === 'fail'
      ? evidence.flatMap(({ source, subject }) => (subject === undefined ? [] : [`${id} ${source}`]))
      : [],
  )
