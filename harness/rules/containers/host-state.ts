import type { Probe } from '../../guest/probe.ts'

/** What an attack from a container must leave as it is, by name: settings of the kernel, mounts, modules, files. */
export type HostState = ReadonlyMap<string, string>

/** Which settings have the kernel start programs, and which keep it from things. */
const settings = [
  ...['core_pattern', 'modprobe', 'poweroff_cmd', 'sysrq', 'hostname', 'kexec_load_disabled'],
  ...['modules_disabled', 'yama/ptrace_scope', 'unprivileged_bpf_disabled', 'randomize_va_space'],
].map((name) => `/proc/sys/kernel/${name}`)

/** The runtime, which is root on the host, and what decides who may do what. */
const files = ['/etc', '/usr/sbin/runc', '/usr/bin/runc', '/usr/bin/crun']

const mountPoints = (text: string): string =>
  text
    .split('\n')
    .map((line) => line.split(' ').slice(2, 6).join(' '))
    .sort()
    .join('\n')

/** Vantage inside: the host as its first process sees it. */
export const hostState = async ({ host }: Probe, extent: 'files too' | 'no files'): Promise<HostState> => {
  const paths = [...settings, '/proc/modules', '/proc/1/mountinfo']
  const state = new Map<string, string>()
  for (const [path, content] of await host.readMany(paths)) {
    const text = content.toString('latin1')
    // How often a module is used changes by itself, and ids of mounts are given anew.
    if (path === '/proc/modules') state.set(path, text.replace(/^(\S+) .*$/gm, '$1'))
    else state.set(path, path === '/proc/1/mountinfo' ? mountPoints(text) : text)
  }
  const present: string[] = []
  for (const path of extent === 'files too' ? files : [])
    if ((await host.stat(path)) !== undefined) present.push(path)
  for (const [path, hash] of await host.hashTree(present)) state.set(path, hash)
  for (const mark of await host.glob('/dev/drydock-mark-*'))
    state.set(mark, 'made by a program that the kernel ran')
  return state
}

/** What is no longer as it was: `PATH: before, now after`. */
export const changesOf = (before: HostState, after: HostState): ReadonlyMap<string, string> => {
  const names = [...new Set([...before.keys(), ...after.keys()])]
  const changed = names.filter((name) => before.get(name) !== after.get(name))
  const shown = (value: string | undefined) => (value === undefined ? 'not there' : value.slice(0, 200))
  return new Map(changed.map((name) => [name, `${shown(before.get(name))}, now ${shown(after.get(name))}`]))
}
