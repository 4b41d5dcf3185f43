import { describe, expect, it } from 'vitest'
import type { Probe } from '../guest/probe.ts'
import { readableSysctls } from './sysctls.ts'

const files: Readonly<Record<string, string>> = {
  '/proc/sys/kernel/kptr_restrict': '2\n',
  '/proc/sys/kernel/random/uuid': '8a6d\n',
  '/proc/sys/kernel/threads-max': '3900\n',
  '/proc/sys/net/ipv4/ip_local_port_range': '32768\t60999\n',
  '/proc/sys/net/ipv4/conf/all/rp_filter': '1\n',
}
const host = {
  glob: async (pattern: string) =>
    Object.keys(files).filter((path) => path.split('/').length === pattern.split('/').length),
  readMany: async (paths: readonly string[]) =>
    new Map(
      paths.map((path) => [path, path.includes('rp_filter') ? 'EACCES' : Buffer.from(files[path] ?? '')]),
    ),
}

describe('readableSysctls', () => {
  it('should read what is set, and neither what counts by itself nor what cannot be read', async () => {
    expect([...(await readableSysctls({ host } as unknown as Probe))]).toEqual([
      ['kernel.kptr_restrict', '2'],
      ['net.ipv4.ip_local_port_range', '32768 60999'],
    ])
  })
})
