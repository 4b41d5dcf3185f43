import type { Probe } from '../guest/probe.ts'

const root = '/proc/sys/'

/** Settings lie at most this deep, `net/ipv4/conf/all/rp_filter` the deepest. */
const patterns = ['*/*', '*/*/*', '*/*/*/*', '*/*/*/*/*'].map((pattern) => `${root}${pattern}`)

/** What counts, measures or draws lots instead of being set (Documentation/admin-guide/sysctl, Linux 6.18). */
const states: readonly RegExp[] = [
  /^fs\.(?:dentry-state|file-nr|inode-nr|inode-state|aio-nr|quota\..*)$/,
  /^kernel\.random\.(?:uuid|boot_id|entropy_avail)$/,
  /^kernel\.(?:ns_last_pid|pty\.nr|perf_event_max_sample_rate|tainted|sched_domain\..*|keys\..*)$/,
  /^net\..*\.(?:nf_conntrack_count|flush|stable_secret)$/,
  /^net\.ipv4\.tcp_fastopen_key$/,
  /^user\./,
  /^vm\.(?:stat_refresh|drop_caches)$/,
]

/** What the kernel works out from the memory that happens to be free at boot. */
const fromFreeMemory: readonly RegExp[] = [
  /^fs\.(?:file-max|epoll\.max_user_watches|inotify\.max_user_watches|fanotify\.max_user_marks)$/,
  /^kernel\.threads-max$/,
  /^vm\.(?:min_free|user_reserve|admin_reserve)_kbytes$/,
  /^net\.ipv4\.(?:(?:tcp|udp)_mem|tcp_[rw]mem|inet_peer_threshold|tcp_max_(?:orphans|tw_buckets))$/,
  /^net\.(?:netfilter\.)?nf_conntrack_(?:max|buckets|expect_max)$/,
]

/** Interfaces come and go; what a new one gets says what holds. */
const ofInterface = /^net\.ipv[46]\.(?:conf|neigh)\.(?!all\.|default\.)/

const unsettled: readonly RegExp[] = [...states, ...fromFreeMemory, ofInterface]

const mostSettings = 5000

/** Vantage inside: every setting of the kernel that can be read, by dotted name, sorted; what differs from boot to boot is left out. */
export const readableSysctls = async ({ host }: Probe): Promise<ReadonlyMap<string, string>> => {
  const paths = (await Promise.all(patterns.map((pattern) => host.glob(pattern)))).flat()
  const wanted = paths
    .map((path) => [path.slice(root.length).replaceAll('/', '.'), path] as const)
    .filter(([name]) => !unsettled.some((pattern) => pattern.test(name)))
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
