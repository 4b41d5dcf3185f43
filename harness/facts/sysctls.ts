import type { Probe } from '../guest/probe.ts'

const root = '/proc/sys/'

/** Settings lie at most this deep, `net/ipv4/conf/all/rp_filter` the deepest. */
const patterns = ['*/*', '*/*/*', '*/*/*/*', '*/*/*/*/*'].map((pattern) => `${root}${pattern}`)

// What the kernel counts or draws anew is no setting (Documentation/admin-guide/sysctl).
const states =
  /^(?:kernel\.random\.(?:uuid|boot_id|entropy_avail)|kernel\.(?:ns_last_pid|pty\.nr|sched_domain\..*)|fs\.(?:dentry-state|file-nr|inode-nr|inode-state|aio-nr|quota\..*)|net\..*\.(?:nf_conntrack_count|flush|stable_secret)|kernel\.keys\..*|user\..*)$/

/** Interfaces come and go; what a new one gets says what holds. */
const ofInterface = /^net\.ipv[46]\.(?:conf|neigh)\.(?!all\.|default\.)/

const mostSettings = 5000

/** Vantage inside: every setting of the kernel that can be read, by dotted name, sorted. Counters and per-interface copies are left out. */
export const readableSysctls = async ({ host }: Probe): Promise<ReadonlyMap<string, string>> => {
  const paths = (await Promise.all(patterns.map((pattern) => host.glob(pattern)))).flat()
  const wanted = paths
    .map((path) => [path.slice(root.length).replaceAll('/', '.'), path] as const)
    .filter(([name]) => !states.test(name) && !ofInterface.test(name))
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .slice(0, mostSettings)
  const contents = await host.readMany(wanted.map(([, path]) => path))
  return new Map(
    wanted.flatMap(([name, path]) => {
      const content = contents.get(path)
      return content instanceof Buffer ? [[name, content.toString('latin1').trim().replace(/\s+/g, ' ')]] : []
    }),
  )
}
