import type { Probe } from '../guest/probe.ts'
import { type Mount, parseMounts, visibleMounts } from './mounts.ts'

/** Vantage inside: the mounts that pid 1 can reach. */
export const hostMounts = async ({ host }: Probe): Promise<readonly Mount[]> =>
  visibleMounts(parseMounts((await host.read('/proc/1/mountinfo')).toString('utf8')))
